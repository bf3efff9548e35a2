// Reads workflows with GitHub's TypeScript parser: JSON lines {"name","text"} in, JSON lines {"errors":[...]} out.
// Usage: node reference_parser.mjs FOLDER, where FOLDER has node_modules/@actions/workflow-parser.
import {readFileSync, writeSync} from "node:fs";
import {createRequire} from "node:module";
import {join} from "node:path";
import {pathToFileURL} from "node:url";

const dist = join(process.argv[2], "node_modules", "@actions", "workflow-parser", "dist");
const {parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter} = await import(pathToFileURL(join(dist, "index.js")).href);

async function answer(line) {
  const {name, text} = JSON.parse(line);
  try {
    const result = parseWorkflow({name, content: text}, new NoOperationTraceWriter());
    if (result.value) await convertWorkflowTemplate(result.context, result.value);
    const errors = result.context.errors.getErrors().map((error) => ({message: error.rawMessage, line: error.range?.start.line, column: error.range?.start.column}));
    return {errors};
  } catch (error) {
    return {errors: [{message: String(error.message)}]};
  }
}

const lines = readFileSync(0, "utf8").split("\n").filter(Boolean);
const answers = [];
for (const line of lines) answers.push(JSON.stringify(await answer(line)) + "\n");
const output = Buffer.from(answers.join(""));
for (let written = 0; written < output.length; ) {
  written += writeSync(1, output, written);
}

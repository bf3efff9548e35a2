// Answers expressions with GitHub's TypeScript engine: JSON lines {"expr","contexts"} in, JSON lines out.
// Usage: node reference_engine.mjs FOLDER, where FOLDER has node_modules/@actions/expressions.
import {readFileSync, writeSync} from "node:fs";
import {join} from "node:path";
import {pathToFileURL} from "node:url";

const dist = join(process.argv[2], "node_modules", "@actions", "expressions", "dist");
const load = (name) => import(pathToFileURL(join(dist, name)).href);
const {Lexer, Parser, Evaluator, data} = await load("index.js");
const {reviver} = await load("data/reviver.js");
const {replacer} = await load("data/replacer.js");
const KINDS = new Map([
  [data.Kind.String, "String"],
  [data.Kind.Array, "Array"],
  [data.Kind.Dictionary, "Object"],
  [data.Kind.Boolean, "Boolean"],
  [data.Kind.Number, "Number"],
  [data.Kind.Null, "Null"],
]);

function answer(line) {
  const {expr} = JSON.parse(line);
  const contexts = JSON.parse(line, reviver).get("contexts") ?? new data.Dictionary();
  let stage = "lexing";
  try {
    const {tokens} = new Lexer(expr).lex();
    stage = "parsing";
    const tree = new Parser(tokens, contexts.pairs().map((pair) => pair.key), []).parse();
    stage = "evaluation";
    const value = tree === undefined ? new data.Null() : new Evaluator(tree, contexts).evaluate();
    return {kind: KINDS.get(value.kind), value: JSON.parse(JSON.stringify(value, replacer))};
  } catch (error) {
    return {error: {kind: stage, message: String(error.message)}};
  }
}

const lines = readFileSync(0, "utf8").split("\n").filter(Boolean);
const output = Buffer.from(lines.map((line) => JSON.stringify(answer(line)) + "\n").join(""));
for (let written = 0; written < output.length; ) {
  written += writeSync(1, output, written);
}

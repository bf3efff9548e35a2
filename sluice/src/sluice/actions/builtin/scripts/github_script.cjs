// Runs the script of actions/github-script with what the real action gives it. In: INPUT_* and the job's environment.
// Out: the output `result`, and exit code 1 when the script throws. Stands beside the packages that it requires.
'use strict'
const path = require('node:path')
const core = require('@actions/core')
const exec = require('@actions/exec')
const glob = require('@actions/glob')
const io = require('@actions/io')
const {context, getOctokit} = require('@actions/github')
const {defaults} = require('@actions/github/lib/utils')
const {requestLog} = require('@octokit/plugin-request-log')
const {retry} = require('@octokit/plugin-retry')

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor

// Files are named from where the job stands, packages are the job's own before those that stand here.
const requireForScript = new Proxy(require, {
  apply(target, self, [id]) {
    if (id.startsWith('.')) return target(path.resolve(id))
    try {
      return target(target.resolve(id, {paths: [process.cwd()]}))
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
      return target(id)
    }
  }
})

function clientOptions() {
  const retries = Number.parseInt(core.getInput('retries'), 10) || 0
  const exempt = core.getInput('retry-exempt-status-codes').split(',').filter(Boolean).map(Number)
  const previews = core.getInput('previews')
  const orchestration = process.env.ACTIONS_ORCHESTRATION_ID
  const agent = core.getInput('user-agent')
  if (retries > 0) core.info(`GitHub client configured with: (retries: ${retries}, retry-exempt-status-code: ${exempt})`)
  return {
    log: core.getBooleanInput('debug') ? console : undefined,
    userAgent: [agent, orchestration && `actions_orchestration_id/${orchestration}`].filter(Boolean).join(' ') || undefined,
    previews: previews ? previews.split(',') : undefined,
    retry: retries > 0 ? {enabled: true, ...(exempt.length > 0 && {doNotRetry: exempt})} : {enabled: false},
    request: retries > 0 ? {...defaults.request, retries} : defaults.request,
    ...(core.getInput('base-url') && {baseUrl: core.getInput('base-url')})
  }
}

function encoded(result) {
  switch (core.getInput('result-encoding') || 'json') {
    case 'json':
      return JSON.stringify(result)
    case 'string':
      return String(result)
    default:
      throw new Error('"result-encoding" must be either "string" or "json"')
  }
}

async function main() {
  const options = clientOptions()
  const connect = (token, more, ...plugins) => getOctokit(token, {...options, ...more}, retry, requestLog, ...plugins)
  const github = connect(core.getInput('github-token', {required: true}), {})
  const given = {
    require: requireForScript,
    __original_require__: require,
    github,
    octokit: github,
    getOctokit: connect,
    context,
    core,
    exec,
    glob,
    io
  }
  const script = new AsyncFunction(...Object.keys(given), core.getInput('script', {required: true}))
  core.setOutput('result', encoded(await script(...Object.values(given))))
}

function fail(error) {
  console.error(error)
  core.setFailed(`Unhandled error: ${error}`)
}

process.on('unhandledRejection', fail)
main().catch(fail)

// What a release asks of PM2 and of its ecosystem file. release.sh runs it under the account of the daemon.
//
//   pm2.cjs candidate ECOSYSTEM APP FROM TO [NAME=VALUE…]        one process of an app, started from another release
//   pm2.cjs run ECOSYSTEM APP DIRECTORY [NAME=VALUE…] -- WORDS   a program with the environment of an app
//   pm2.cjs reload ECOSYSTEM APP                                 mutating: process by process
//   pm2.cjs workers ECOSYSTEM APP SINCE                          read-only: the processes that started since then
"use strict";

const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const PM2 = "/usr/bin/pm2";

const [command, file, name, ...rest] = process.argv.slice(2);
const app = require(file).apps.find((app) => app.name === name);
if (!app) fail(`${file} has no app ${name}`);
({ candidate, run, reload, workers })[command](...rest);

function fail(message) {
  console.error(`pm2.cjs: ${message}`);
  process.exit(1);
}

// Variables that are not set are left out, as PM2 does.
function environment(assignments) {
  const split = (assignment) => [assignment.slice(0, assignment.indexOf("=")), assignment.slice(assignment.indexOf("=") + 1)];
  return { ...process.env, ...JSON.parse(JSON.stringify(app.env)), ...Object.fromEntries(assignments.map(split)) };
}

function candidate(from, to, ...assignments) {
  const moved = (text) => text.replaceAll(`${from}/`, `${to}/`);
  const words = [...(app.node_args || []).map(moved), moved(app.script), ...app.args];
  const program = app.interpreter === "none" ? words.shift() : process.execPath;
  const child = spawn(program, words, {
    cwd: moved(`${app.cwd}/`),
    env: environment(assignments),
    // As under PM2 it can say that it is ready, and what it prints is seen by whoever releases.
    stdio: ["ignore", 2, 2, "ipc"],
  });
  child.on("error", (error) => fail(error.message));
  child.on("exit", (code, signal) => process.exit(signal ? 1 : code));
  const end = () => {
    child.kill(process.env.PM2_KILL_SIGNAL || "SIGINT");
    setTimeout(() => child.kill("SIGKILL"), app.kill_timeout);
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.once(signal, end);
}

function run(directory, ...words) {
  const split = words.indexOf("--");
  const [program, ...given] = words.slice(split + 1);
  const child = spawn(program, given, { cwd: directory, env: environment(words.slice(0, split)), stdio: ["ignore", 2, 2] });
  child.on("error", (error) => fail(error.message));
  child.on("exit", (code, signal) => process.exit(signal ? 1 : code));
  // A time limit ends the migration, not only this.
  process.once("SIGTERM", () => child.kill("SIGTERM"));
}

async function reload() {
  // It succeeds whatever happens, but for a daemon that cannot be asked.
  const reloaded = spawnSync(PM2, ["reload", file, "--only", name, "--update-env"], { stdio: ["ignore", 2, 2] });
  if (reloaded.status !== 0) fail("PM2 did not reload");
  const api = await connected();
  const left = await removed(api);
  if (left.length > 0) await forget(api, left);
  api.disconnect();
}

// What systemd gives to every process of the unit that starts the daemon. Source: systemd.exec(5), "Environment variables".
const OF_SYSTEMD =
  /^(LANG|USER|LOGNAME|SHELL|PWD|TERM|TZ|INVOCATION_ID|JOURNAL_STREAM|LOG_NAMESPACE|MAINPID|MANAGERPID|PIDFILE|SYSTEMD_EXEC_PID|XDG_RUNTIME_DIR|NOTIFY_SOCKET|(LISTEN|WATCHDOG|MEMORY_PRESSURE)_\w+|(RUNTIME|STATE|CACHE|LOGS|CONFIGURATION|CREDENTIALS)_DIRECTORY)$/;

// Variables that PM2 gives to processes and the ecosystem file no longer has: PM2 only adds and replaces. Its own settings are
// among them, in small letters.
async function removed(api) {
  const of = (worker) => Object.keys(worker.pm2_env).filter((key) => /^[A-Z][A-Z0-9_]*$/.test(key));
  const own = (key) => key.startsWith("PM2_") || key === "NODE_APP_INSTANCE" || OF_SYSTEMD.test(key);
  const given = (key) => key in app.env || key in process.env;
  const keys = (await listed(api)).flatMap(of).filter((key) => !own(key) && !given(key));
  return [...new Set(keys)];
}

// A setting that is "null" is dropped. Source: PM2 7.0.4, `extendMix` in lib/Utility.js. As many at a time as its reload has.
async function forget(api, keys) {
  console.error(`pm2.cjs: reloading once more without ${keys.join(", ")}`);
  const ids = (await listed(api)).map((worker) => worker.pm_id);
  const settings = () => Object.fromEntries(keys.map((key) => [key, "null"]));
  const once = (id) =>
    new Promise((resolve, reject) => {
      const options = { id, env: { current_conf: settings() } };
      api.Client.executeRemote("reloadProcessId", options, (error) => (error ? reject(error) : resolve()));
    });
  const atATime = ids.length > 2 ? 2 : 1;
  for (let next = 0; next < ids.length; next += atATime) await Promise.all(ids.slice(next, next + atATime).map(once));
}

async function workers(since) {
  const api = await connected();
  const found = await listed(api);
  api.disconnect();
  const good = found.filter(({ pm2_env: env }) => env.status === "online" && env.pm_uptime >= Number(since));
  if (good.length !== app.instances) fail(`${good.length} of ${app.instances} processes of ${name} are up and new`);
  const pids = good.map((worker) => worker.pid).sort((a, b) => a - b);
  console.log(pids.join(" "));
}

// PM2's own module, which is beside its program.
function connected() {
  const api = require(path.join(path.dirname(fs.realpathSync(PM2)), ".."));
  return new Promise((resolve) => api.connect((error) => (error ? fail(error.message) : resolve(api))));
}

function listed(api) {
  return new Promise((resolve) => {
    api.list((error, all) => (error ? fail(error.message) : resolve(all.filter((worker) => worker.name === name))));
  });
}

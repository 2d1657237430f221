#!/usr/bin/env node
// Prints what Node.js reads out of ecosystem files, and what PM2 makes of their apps, as JSON.
//
// usage: ecosystem.js FILE…
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const pm2 = path.join(__dirname, "../../../.tools/pm2/node_modules/pm2");
const Config = fs.existsSync(pm2) ? require(path.join(pm2, "lib/tools/Config.js")) : undefined;
const read = fs.readFileSync;
// Secrets that lie in files of the machine are not here: of those the path is what is read.
fs.readFileSync = (file, ...rest) => (String(file).startsWith("/s/") ? `read ${file}` : read(file, ...rest));

const seen = process.argv.slice(2).map((file) => {
  try {
    const whole = require(path.resolve(file));
    const made = Config && whole.apps.map((app) => Config.validateJSON(JSON.parse(JSON.stringify(app))));
    return { whole, made, globals: Object.keys(globalThis) };
  } catch (error) {
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(seen));

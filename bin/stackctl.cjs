#!/usr/bin/env node
// Old syntax on purpose: this file must be parsed by the Node.js that it turns away. CommonJS, because Node's loader for
// modules takes longer to start than all that `--version` needs.
var NEEDED = [20, 19, 4];

if (isOlder(process.versions.node.split('.').map(Number))) turnAway();
else load();

function isOlder(found) {
  var differs = NEEDED.map((part, index) => found[index] - part).filter(Boolean);
  return differs.length > 0 && differs[0] < 0;
}

function turnAway() {
  console.error(`error: stackctl needs Node.js ${NEEDED.join('.')} or newer, this is ${process.versions.node}`);
  console.error('  next: install a current Node.js (https://nodejs.org) and run the command again');
  process.exitCode = 4;
}

function load() {
  var nodeModule = process.getBuiltinModule('node:module');
  if (nodeModule.enableCompileCache) nodeModule.enableCompileCache();
  var program = loaded();
  if (program) program.start();
}

function loaded() {
  try {
    return require('../dist/start.cjs');
  } catch (error) {
    explain(error);
  }
}

function explain(error) {
  process.exitCode = 1;
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
  // The other lines name who asked for it.
  var reason = error.message.split('\n')[0];
  console.error(`error: stackctl is not built, or its dependencies are not installed: ${reason}`);
  console.error('  next: npm ci && npm run build');
}

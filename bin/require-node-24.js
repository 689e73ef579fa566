// Every script of this project runs on Node 24, the runtime of its Lambda functions. `npm ci` puts Node 24 on the path
// of every npm script; where that did not happen, this file says so in one sentence. Plain JavaScript: it must run on
// any Node.
const major = Number(process.versions.node.split('.')[0]);
if (major !== 24) {
  console.error(
    `nbwatch runs on Node 24 and found ${process.version}: run "npm ci" (with optional dependencies, which bring Node 24 for Linux, macOS and Windows), then use "npm start", "npm test" or "npx nbwatch".`,
  );
  process.exit(1);
}

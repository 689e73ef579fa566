/** How CDK bundles a function. `local/stack/bundle.ts` has the same options for esbuild. */
export const BUNDLING = {
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  // The runtime's own SDK changes without notice and loads more slowly.
  bundleAwsSDK: true,
  esbuildArgs: {
    '--alias:@aws-sdk/credential-provider-node': './functions/runtime/credentials.ts',
    '--alias:@smithy/core/event-streams': './functions/runtime/no-event-streams.ts',
    '--alias:node:http': './functions/runtime/http.ts',
  },
  // Some CommonJS dependencies call `require` for Node's own modules, which an ES module does not have.
  banner: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);",
};

/** Every `test/integration/*.suite.ts`, found when the tests are bundled. Importing it defines their tests. */
declare module 'quantscope:suites' {}

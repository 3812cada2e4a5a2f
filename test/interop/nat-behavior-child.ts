/** The program of a process on a host of the lab: says as JSON what NATs do, as the server named by its argument sees it. */
import { discoverNatBehavior } from '../../src/index.js'

process.stdout.write(JSON.stringify(await discoverNatBehavior(process.argv[2]!)))

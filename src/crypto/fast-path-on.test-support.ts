/** To be imported first: what is tested are the native calls themselves, also where `TINCAN_FAST_PATH=off npm test` has all else go the plain way. */
delete process.env['TINCAN_FAST_PATH']

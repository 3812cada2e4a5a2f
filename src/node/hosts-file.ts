import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const HOSTS_FILE =
  process.platform === 'win32'
    ? join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
    : '/etc/hosts'

/** What the administrator of this machine says about a name; empty where there is no such file. */
export async function addressesInHostsFile(name: string, path: string = HOSTS_FILE): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch(() => '') // a system without the file has nothing to say in it
  return addressesOf(name, text)
}

/** Lines of an address and its names; `#` begins a comment; names match without regard to case. */
export function addressesOf(name: string, hostsText: string): readonly string[] {
  const wanted = name.toLowerCase()
  return hostsText.split('\n').flatMap((line) => {
    const [address, ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/)
    return address !== undefined && names.includes(wanted) ? [address] : []
  })
}

/** A property as WebIDL defines interface objects and operations on the global object. */
export function define(target: object, name: string, value: unknown, enumerable = false): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable })
}

type Handler = ((event: Event) => void) | null

/** FileReader (https://www.w3.org/TR/FileAPI/#dfn-filereader), as far as the tests read blobs with it. */
export class BlobReader extends EventTarget {
  result: ArrayBuffer | string | null = null
  error: unknown = null
  readyState = 0
  onload: Handler = null
  onerror: Handler = null
  onloadend: Handler = null

  readAsArrayBuffer(blob: Blob): void {
    void this.#read(blob, (buffer) => buffer)
  }

  readAsText(blob: Blob): void {
    void this.#read(blob, (buffer) => new TextDecoder().decode(buffer))
  }

  async #read(blob: Blob, convert: (buffer: ArrayBuffer) => ArrayBuffer | string): Promise<void> {
    this.readyState = 1
    let type: 'load' | 'error' = 'load'
    try {
      this.result = convert(await blob.arrayBuffer())
    } catch (error) {
      this.error = error
      type = 'error'
    }
    this.readyState = 2
    for (const name of [type, 'loadend'] as const) {
      const event = new Event(name)
      this[`on${name}`]?.(event)
      this.dispatchEvent(event)
    }
  }
}
Object.defineProperty(BlobReader, 'name', { value: 'FileReader' })

/* A Worker for pages read from a file: browsers start no worker there, so its script runs in a hidden frame.
   Search needs it; pages from a server keep the browser's own. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      const frame = document.createElement("iframe")
      frame.hidden = true
      document.body.appendChild(frame)
      const inner = frame.contentWindow
      inner.document.open()
      inner.document.write("<!doctype html><html><head></head><body></body></html>")
      inner.document.close()
      inner.postMessage = data => {  // what the script inside says
        const event = new MessageEvent("message", { data })
        this.dispatchEvent(event)
        if (this.onmessage) this.onmessage(event)
      }
      const load = source => new Promise((done, failed) => {
        const script = inner.document.createElement("script")
        script.src = source
        script.onload = done
        script.onerror = failed
        inner.document.body.appendChild(script)
      })
      inner.importScripts = (...sources) => sources.reduce((before, source) => before.then(() => load(source)), Promise.resolve())
      this.inner = inner
      this.frame = frame
      this.ready = load(new URL(url, location.href).href)
    }
    postMessage(data) {
      this.ready.then(() => this.inner.dispatchEvent(new this.inner.MessageEvent("message", { data })))
    }
    terminate() {
      this.frame.remove()
    }
  }
}

// What is said beside something that was moved: what would happen, and why it is back where it was.

const SAID_FOR = 9000

/** A `Placed` with `root`, in which the words stand. */
class Saying extends Placed {
  constructor() {
    super()
    this.live = element("div", "unseen")
    this.live.setAttribute("role", "alert")
    this.note = element("div", "note")
    this.note.hidden = true
  }

  /** Above this rectangle, or below it where there is no room. */
  tell(text, bad, rect) {
    const box = this.root.getBoundingClientRect()
    this.note.textContent = text
    this.note.classList.toggle("bad", bad)
    this.note.hidden = false
    const left = Math.max(0, Math.min(rect.left - box.left, box.width - this.note.offsetWidth))
    const above = rect.top - box.top - this.note.offsetHeight - 6
    this.note.style.transform = `translate(${left}px, ${above < 0 ? rect.bottom - box.top + 6 : above}px)`
  }

  /** Aloud too, and for a while; `node`: what it is about, if it is in sight. */
  say(text, node) {
    this.hush()
    node?.scrollIntoView({ block: "nearest", inline: "nearest" })
    const rect = node?.getClientRects().length ? node.getBoundingClientRect() : this.root.getBoundingClientRect()
    this.tell(text, true, rect)
    this.live.textContent = text
    node?.classList.add("refused")
    this.quiet = setTimeout(() => this.hush(), SAID_FOR)
  }

  hush() {
    clearTimeout(this.quiet)
    this.note.hidden = true
    this.live.textContent = ""
    for (const node of this.root.querySelectorAll(".refused")) node.classList.remove("refused")
  }
}

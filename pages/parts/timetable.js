// An agenda: entries on tracks (days, or what is taken) along the hours of a day, or in the cells of a month. An empty time is
// clicked or dragged to make an entry; an entry is moved and stretched by pointer and by keyboard. What the server refuses goes
// back. Every text is set as text, never as markup.

const FAR = 5 // px that a pressed pointer moves before something is dragged
const HOLD = 350 // ms that a finger rests before it drags
const USUAL = 60 // minutes of an entry that is made by a click
const DAY = 1440
const NARROW = 640

const clock = minutes => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`
const between = (low, value, high) => Math.min(high, Math.max(low, value))

class Timetable extends Saying {
  constructor(key) {
    super()
    this.n = 0 // counts what was done here; the server takes each once
    this.entries = new Map() // id → its pieces: { node, data }
    this.build()
  }

  build() {
    this.plan = element("div", "plan")
    this.list = element("div", "list")
    this.root = element("div", "timetable", this.plan, this.list, this.note, this.live)
    this.root.addEventListener("pointerdown", event => this.onPointerDown(event))
    this.root.addEventListener("click", event => this.onClick(event))
    this.root.addEventListener("keydown", event => this.onKeyDown(event))
    this.root.addEventListener("focusin", event => this.onFocusIn(event))
    this.root.addEventListener("focusout", () => this.draft?.keys && setTimeout(() => this.draft?.keys && this.focused() !== this.draft.id && this.drop()))
    this.root.addEventListener("touchmove", event => this.draft && event.preventDefault(), { passive: false })
    this.root.addEventListener("contextmenu", event => this.draft && event.preventDefault())
    this.moved = event => this.onPointerMove(event)
    this.released = event => this.onPointerUp(event)
  }

  end() {
    this.drop()
    clearTimeout(this.quiet)
  }

  // Drawing

  update(data) {
    const focus = this.focused()
    const fresh = !this.data || JSON.stringify([this.data.axis, this.data.first]) !== JSON.stringify([data.axis, data.first])
    this.data = data
    this.words = data.labels
    this.n = Math.max(this.n, data.turn)
    this.drop()
    this.root.classList.remove("busy")
    this.root.dataset.axis = data.axis
    this.plan.style.setProperty("--tracks", data.axis === "cells" ? 7 : data.tracks.length)
    this.plan.style.setProperty("--hours", (data.last - data.first) / 60)
    this.entries = new Map()
    this.bodies = []
    this.plan.replaceChildren(...(data.axis === "cells" ? this.month() : this.hours()))
    this.drawList()
    this.order = [...this.entries.keys()]
    if (!this.entries.has(this.current)) this.current = this.order[0] ?? null
    for (const id of this.order) this.reachable(id, id === this.current)
    if (fresh) this.plan.scrollTop = 0
    if (focus) this.entries.get(focus)?.[0].node.focus({ preventScroll: true })
    if (data.said && data.said.n !== this.heard) {
      this.heard = data.said.n
      this.say(data.said.text, this.entries.get(data.said.id)?.[0].node)
    }
  }

  hours() {
    const { tracks, first, last, now } = this.data
    const scale = element("div", "scale")
    for (let at = first; at < last; at += 60) {
      const hour = element("span", "", clock(at))
      hour.style.setProperty("--from", (at - first) / (last - first))
      scale.append(hour)
    }
    scale.setAttribute("aria-hidden", "true")
    const nodes = [element("div", "corner"), scale]
    tracks.forEach((track, index) => {
      const head = this.head(track)
      const body = element("div", track.today ? "track today" : "track")
      body.dataset.index = index
      for (const span of track.closed) body.append(this.placed(element("div", "closed"), span))
      for (const entry of this.data.entries) if (entry.track === index) body.append(this.entry(entry))
      if (now && (now.track === index || now.track < 0)) body.append(this.placed(element("div", "now"), [now.at, now.at]))
      for (const node of [head, body]) node.style.setProperty("--at", index + 2)
      this.bodies.push(body)
      nodes.push(head, body)
    })
    return nodes
  }

  month() {
    const nodes = this.data.weekdays.map(name => element("div", "weekday", bdi(name)))
    this.data.tracks.forEach((track, index) => {
      const names = ["track", "cell", ...(track.today ? ["today"] : []), ...(track.other ? ["other"] : [])]
      const cell = element("div", names.join(" "), this.head(track))
      cell.dataset.index = index
      for (const entry of this.data.entries) if (entry.track === index) cell.append(this.entry(entry))
      if (track.more) cell.append(this.dayButton("more", track, track.more))
      const dots = element("button", "dots", bdi(track.count || ""))
      dots.type = "button"
      dots.dataset.day = track.key
      dots.setAttribute("aria-label", `${track.full}: ${track.count || 0}`)
      cell.append(dots)
      this.bodies.push(cell)
      nodes.push(cell)
    })
    return nodes
  }

  head(track) {
    const node = element("div", track.today ? "head today" : "head", track.day ? this.dayButton("name", track, track.title) : element("span", "name", bdi(track.title)))
    if (track.second) node.append(element("span", "second", bdi(track.second)))
    return node
  }

  dayButton(className, track, text) {
    const button = element("button", className, bdi(text))
    button.type = "button"
    button.dataset.day = track.key
    button.setAttribute("aria-label", className === "more" ? `${track.full}: ${text}` : track.full)
    return button
  }

  /** Put something where these minutes are. */
  placed(node, [from, to], lane = 0, lanes = 1) {
    const { first, last } = this.data
    const length = last - first
    node.style.setProperty("--from", between(0, (from - first) / length, 1))
    node.style.setProperty("--size", between(0, to - Math.max(from, first), length) / length)
    node.style.setProperty("--lane", lane)
    node.style.setProperty("--lanes", lanes)
    return node
  }

  entry(data) {
    const node = anchor("entry", data.href, "")
    node.draggable = false
    node.dataset.id = data.id
    if (data.colour) node.dataset.colour = data.colour
    node.classList.toggle("movable", data.movable)
    node.classList.toggle("free", data.free)
    node.classList.toggle("short", data.to - data.from < 45)
    if (!data.head) node.classList.add("goes-on")
    node.title = [data.time, data.title, data.second, data.note].filter(Boolean).join("\n")
    node.setAttribute("aria-label", [data.time, data.title, data.second, data.note].filter(Boolean).join(", "))
    if (data.movable) node.setAttribute("aria-description", this.words.how)
    const time = this.data.axis === "cells" ? data.time.split("–")[0] : data.time
    node.replaceChildren(element("span", "time", time), element("span", "title", bdi(data.title)), element("span", "second", bdi(data.second)))
    if (data.movable && this.data.axis !== "cells") {
      if (data.head) node.append(element("i", "grip start"))
      if (data.tail) node.append(element("i", "grip end"))
    }
    this.placed(node, [data.from, data.to], data.lane, data.lanes)
    const piece = { node, data }
    this.entries.set(data.id, [...(this.entries.get(data.id) ?? []), piece])
    node.piece = piece
    return node
  }

  /** The same by day, one below the other, for a narrow screen. */
  drawList() {
    const { tracks, entries, axis } = this.data
    if (axis === "cells") return this.list.replaceChildren()
    const parts = tracks.map((track, index) => {
      const rows = entries.filter(one => one.track === index).map(one => {
        const link = anchor("line", one.href, "")
        link.tabIndex = 0
        link.dataset.open = one.id
        if (one.colour) link.dataset.colour = one.colour
        link.replaceChildren(element("span", "time", one.time), element("span", "title", bdi(one.title)), element("span", "second", bdi(one.second)))
        return link
      })
      const empty = element("p", "empty", this.words.empty)
      return element("section", track.today ? "today" : "", element("h3", "", bdi(track.full || track.title)), ...(rows.length ? rows : [empty]))
    })
    this.list.replaceChildren(...parts)
  }

  do(name, value) {
    this.n++
    this.root.classList.add("busy")
    this.trigger(name, { n: this.n, ...value })
  }

  // Where something is

  minuteAt(x, y, index) {
    const box = this.bodies[index].getBoundingClientRect()
    const { axis, first, last } = this.data
    if (axis === "cells") return 0
    const share = axis === "down" ? (y - box.top) / box.height : (x - box.left) / box.width
    return first + share * (last - first)
  }

  trackAt(x, y) {
    const { axis } = this.data
    const inside = this.bodies.findIndex(node => {
      const box = node.getBoundingClientRect()
      return (axis === "across" || (x >= box.left && x < box.right)) && (axis === "down" || (y >= box.top && y < box.bottom))
    })
    return inside
  }

  snap(minutes, round = Math.round) {
    return round(minutes / this.data.step) * this.data.step
  }

  // Pointer

  onPointerDown(event) {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.target.closest("button, .list")) return
    const node = event.target.closest(".entry")
    const body = event.target.closest(".track")
    const piece = node?.piece
    if (piece ? !piece.data.movable : !(body && this.data.creatable)) return
    this.drop()
    const grip = event.target.closest(".grip")
    const index = piece ? piece.data.track : Number(body.dataset.index)
    const kind = piece ? (grip ? (grip.classList.contains("start") ? "start" : "end") : "move") : "new"
    const touch = event.pointerType === "touch"
    this.press = { kind, piece, index, touch, x: event.clientX, y: event.clientY, at: this.minuteAt(event.clientX, event.clientY, index) }
    if (touch && kind !== "new") this.press.timer = setTimeout(() => this.begin(), HOLD)
    for (const name of ["pointermove", "pointerup", "pointercancel"]) document.addEventListener(name, name === "pointermove" ? this.moved : this.released)
  }

  begin() {
    const { press } = this
    this.hush()
    if (press.kind === "new") this.draft = { id: null, index: press.index, from: this.snap(press.at, Math.floor), to: this.snap(press.at, Math.floor) + this.data.step }
    else this.pick(press.piece)
    this.root.classList.add("dragging")
    this.cancel = event => {
      if (event.key !== "Escape") return
      event.stopPropagation()
      this.drop()
    }
    document.addEventListener("keydown", this.cancel, true)
  }

  pick(piece) {
    const { data } = piece
    this.draft = { id: data.id, piece, index: data.track, from: data.from, to: data.to }
    for (const { node } of this.entries.get(data.id)) node.classList.add("lifted")
  }

  onPointerMove(event) {
    const { press } = this
    if (!this.draft) {
      const far = Math.hypot(event.clientX - press.x, event.clientY - press.y) > FAR
      if (press.touch && far) this.drop()
      if (press.touch || !far) return
      this.begin()
    }
    event.preventDefault()
    const track = this.trackAt(event.clientX, event.clientY)
    const at = this.minuteAt(event.clientX, event.clientY, press.index)
    const { piece, kind } = press
    if (kind === "new") {
      const ends = [press.at, at].sort((a, b) => a - b)
      const from = between(0, this.snap(ends[0], Math.floor), DAY - this.data.step)
      this.shift(press.index, from, between(from + this.data.step, this.snap(ends[1], Math.ceil), DAY))
    } else if (kind === "start") this.shift(press.index, between(0, this.snap(at), piece.data.to - this.data.step), piece.data.to)
    else if (kind === "end") this.shift(press.index, piece.data.from, between(piece.data.from + this.data.step, this.snap(at), DAY))
    else this.shift(track < 0 ? this.draft.index : track, piece.data.from + this.snap(at - press.at), null)
  }

  /** The draft is now on that track from there; `to` null: as long as it was. */
  shift(index, from, to) {
    const { draft } = this
    const data = draft.piece?.data
    if (data?.fixed && this.data.field) index = data.track
    if (to === null) {
      const length = data.to - data.from
      if (data.head && data.tail && this.data.axis !== "cells") from = between(0, from, DAY - length)
      to = from + length
    }
    Object.assign(draft, { index, from, to })
    this.sketch()
  }

  sketch() {
    const { draft } = this
    this.shadow ??= element("div", "shadow")
    const words = this.data.axis === "cells" ? this.data.tracks[draft.index].full : `${clock(between(0, draft.from, DAY))}–${clock(between(0, draft.to, DAY))}`
    this.shadow.replaceChildren(element("span", "time", words), element("span", "title", bdi(draft.piece?.data.title ?? "")))
    if (draft.piece?.data.colour) this.shadow.dataset.colour = draft.piece.data.colour
    this.placed(this.shadow, [draft.from, draft.to])
    if (this.shadow.parentNode !== this.bodies[draft.index]) this.bodies[draft.index].append(this.shadow)
    draft.said = `${this.data.tracks[draft.index].full || this.data.tracks[draft.index].title} ${words}`
  }

  onPointerUp(event) {
    const { press, draft } = this
    this.stopListening()
    if (event.type === "pointercancel") return this.drop()
    if (draft) {
      this.done = performance.now()
      return draft.id === null ? this.make(draft.index, draft.from, draft.to) : this.save()
    }
    clearTimeout(press.timer)
    if (press.kind !== "new") return
    this.done = performance.now()
    if (this.data.axis === "cells" && this.root.clientWidth < NARROW) return this.do("day", { key: this.data.tracks[press.index].key })
    const from = this.data.axis === "cells" ? 9 * 60 : between(0, Math.floor(press.at / 30) * 30, DAY - USUAL)
    this.make(press.index, from, from + USUAL)
  }

  make(index, from, to) {
    this.root.classList.remove("dragging")
    this.do("create", { track: this.data.tracks[index].key, from, to })
  }

  save() {
    const { draft } = this
    const { data } = draft.piece
    const change = { tracks: draft.index - data.track, start: draft.from - data.from, end: draft.to - data.to }
    if (!change.tracks && !change.start && !change.end) return this.drop()
    this.root.classList.remove("dragging")
    draft.keys = false
    this.do("change", { id: data.id, version: data.version, ...change, track: this.data.tracks[draft.index].key })
  }

  stopListening() {
    document.removeEventListener("pointermove", this.moved)
    document.removeEventListener("pointerup", this.released)
    document.removeEventListener("pointercancel", this.released)
    if (this.cancel) document.removeEventListener("keydown", this.cancel, true)
  }

  drop() {
    this.hush()
    clearTimeout(this.press?.timer)
    this.stopListening()
    this.draft = null
    this.shadow?.remove()
    this.shadow = undefined
    this.root.classList.remove("dragging")
    for (const node of this.plan.querySelectorAll(".lifted")) node.classList.remove("lifted")
  }

  onClick(event) {
    if (performance.now() - (this.done ?? -1000) < 300) return event.preventDefault()
    const day = event.target.closest("[data-day]")
    if (day) return this.do("day", { key: day.dataset.day })
    const link = event.target.closest(".entry, .line")
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    this.do("open", { id: Number(link.dataset.id ?? link.dataset.open) })
  }

  // Keyboard: arrows go from entry to entry; M takes one up, arrows move it, with Shift they stretch it, Enter saves.

  onKeyDown(event) {
    const node = event.target.closest(".entry")
    if (!node || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return
    const steps = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] }
    if (event.key === "m" && node.piece.data.movable) {
      this.drop()
      this.pick(node.piece)
      this.draft.keys = true
      this.sketch()
      this.announce()
    } else if (event.key in steps) {
      if (this.draft?.keys) this.nudge(...steps[event.key], event.shiftKey)
      else this.goTo(this.beside(node.piece.data.id, steps[event.key][0] + steps[event.key][1]))
    } else if (this.draft?.keys && event.key === "Enter") this.save()
    else if (this.draft?.keys && event.key === "Escape") this.drop()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  nudge(right, down, stretch) {
    const { draft } = this
    const { axis, step, tracks } = this.data
    const [along, aside] = axis === "down" ? [down, right] : axis === "across" ? [right, down] : [0, right + 7 * down]
    if (stretch && along) {
      if (draft.piece.data.tail) this.shift(draft.index, draft.from, between(draft.from + step, draft.to + along * step, DAY))
    } else this.shift(between(0, draft.index + aside, tracks.length - 1), draft.from + along * step, along ? null : draft.to)
    this.announce()
  }

  announce() {
    this.live.textContent = `${this.draft.said}. ${this.words.keys}`
    this.tell(this.words.keys, false, this.shadow.getBoundingClientRect())
  }

  beside(id, step) {
    return this.order[between(0, this.order.indexOf(id) + step, this.order.length - 1)]
  }

  goTo(id) {
    const node = this.entries.get(id)?.[0].node
    node?.focus({ preventScroll: true })
    node?.scrollIntoView({ block: "nearest", inline: "nearest" })
  }

  focused() {
    const active = this.root.getRootNode().activeElement
    return active && this.plan.contains(active) ? active.piece?.data.id : null
  }

  onFocusIn(event) {
    const id = event.target.closest(".entry")?.piece.data.id
    if (!id) return
    if (this.entries.has(this.current)) this.reachable(this.current, false)
    this.current = id
    this.reachable(id, true)
  }

  reachable(id, on) {
    this.entries.get(id).forEach(({ node }, place) => (node.tabIndex = on && !place ? 0 : -1))
  }

}

export default mount(Timetable)

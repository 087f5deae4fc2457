// A board: columns of cards. A card is moved by dragging it, or by its button or the keyboard; only where the server said that it
// may go. It is put back at once when the server says no. Every text is set as text, never as markup.

const FAR = 6 // px that a pressed pointer moves before a card is lifted
const HOLD = 350 // ms that a finger rests on a card before it is lifted
const EDGE = 56 // px from the side of the board where it begins to scroll
const STEP = 14

const calm = matchMedia("(prefers-reduced-motion: reduce)")

/** A date is not broken at its hyphens. */
const whole = text => text.replace(/(\d)-(?=\d)/g, "$1\u2011")

class Board extends Saying {
  constructor(key) {
    super()
    this.n = 0 // counts what was done here; the server takes each once
    this.cards = new Map() // id → { node, data, state, text }
    this.columns = new Map() // state → { node, list, count, more, data }
    this.asked = new Map() // id → { version, moves }: what the server said when the card was picked up
    this.build()
  }

  build() {
    this.row = element("div", "columns")
    this.menu = element("div", "menu")
    this.menu.setAttribute("role", "menu")
    this.menu.hidden = true
    this.root = element("div", "board", this.row, this.menu, this.note, this.live)
    this.root.addEventListener("click", event => this.onClick(event))
    this.root.addEventListener("keydown", event => this.onKeyDown(event))
    this.root.addEventListener("pointerdown", event => this.onPointerDown(event))
    this.root.addEventListener("touchmove", event => this.ghost && event.preventDefault(), { passive: false })
    this.root.addEventListener("contextmenu", event => this.ghost && event.preventDefault())
    this.root.addEventListener("focusin", event => this.onFocusIn(event))
    this.moved = event => this.onPointerMove(event)
    this.released = event => this.onPointerUp(event)
    this.outside = event => event.composedPath().includes(this.menu) || this.closeMenu()
  }

  end() {
    this.letGo()
    this.closeMenu()
  }

  // Drawing

  update(data) {
    const before = this.places()
    const focus = this.focused()
    this.data = data
    this.words = data.labels
    this.n = Math.max(this.n, data.turn)
    this.root.classList.remove("busy")
    this.drawColumns()
    this.glide(before)
    if (data.picked) {
      this.asked.set(data.picked.id, data.picked)
      if (this.ghost) this.mark()
    }
    if (!this.menu.hidden) this.drawMenu()
    this.keepFocus(focus)
    if (data.said && data.said.n !== this.heard) {
      this.heard = data.said.n
      this.letGo() // it may be in somebody's hand
      this.closeMenu()
      this.say(data.said.text, this.cards.get(data.said.id)?.node)
    }
  }

  drawColumns() {
    const columns = new Map()
    const cards = new Map()
    for (const data of this.data.columns) {
      const column = this.columns.get(data.state) ?? this.column()
      columns.set(data.state, column)
      this.fillColumn(column, data)
      let place = column.list.firstChild
      for (const one of data.cards) {
        const card = this.card(this.cards.get(one.id), one, data.state)
        cards.set(one.id, card)
        if (card.node === place) place = place.nextSibling
        else column.list.insertBefore(card.node, place)
      }
      while (place) {
        const next = place.nextSibling
        place.remove()
        place = next
      }
    }
    this.row.replaceChildren(...[...columns.values()].map(column => column.node))
    this.columns = columns
    this.cards = cards
    if (!cards.has(this.current)) this.current = cards.keys().next().value ?? null
    for (const [id, { node }] of cards) this.reachable(node, id === this.current)
  }

  column() {
    const title = bdi("")
    const count = element("span", "count")
    const head = element("h3", "", element("span", "dot"), title, count)
    const list = element("ol", "list")
    const more = element("button", "more")
    more.type = "button"
    const empty = element("p", "empty")
    return { node: element("section", "column", head, list, empty, more), title, count, list, more, empty }
  }

  fillColumn(column, data) {
    column.data = data
    column.node.dataset.colour = data.colour
    column.node.setAttribute("aria-label", `${data.title}: ${data.count}`)
    column.title.textContent = data.title
    column.count.textContent = data.count
    column.more.textContent = this.words.more
    column.more.hidden = !data.more
    column.more.dataset.state = data.state
    column.empty.textContent = this.words.empty
    column.empty.hidden = data.cards.length > 0
  }

  card(old, data, state) {
    const text = JSON.stringify(data)
    const card = old ?? { node: element("li", "card") }
    card.state = state
    card.node.classList.remove("pending")
    if (card.text === text) return card
    Object.assign(card, { data, text })
    const { node } = card
    node.dataset.id = data.id
    if (data.colour) node.dataset.colour = data.colour
    else delete node.dataset.colour
    if (data.note) node.setAttribute("aria-description", data.note)
    else node.removeAttribute("aria-description")
    node.title = data.note ?? ""
    const title = anchor("title", data.href, data.title)
    title.draggable = false
    const act = element("button", "act")
    act.type = "button"
    act.setAttribute("aria-label", `${this.words.move}: ${data.title}`)
    act.setAttribute("aria-haspopup", "menu")
    act.title = this.words.move
    const parts = [title, act]
    if (data.second) parts.push(element("p", "second", bdi(whole(data.second))))
    const foot = element("p", "foot")
    if (data.who) foot.append(element("span", "who", bdi(data.who)))
    if (data.due) foot.append(element("span", data.late ? "due late" : "due", bdi(whole(data.due))))
    if (foot.childNodes.length) parts.push(foot)
    node.replaceChildren(...parts)
    return card
  }

  places() {
    const found = new Map()
    for (const [id, { node }] of this.cards) if (node.isConnected) found.set(id, node.getBoundingClientRect())
    return found
  }

  /** What changed its place goes there before the eye. */
  glide(before) {
    if (calm.matches) return
    for (const [id, { node }] of this.cards) {
      const was = before.get(id)
      if (!was) continue
      const is = node.getBoundingClientRect()
      const [x, y] = [was.left - is.left, was.top - is.top]
      if (Math.abs(x) + Math.abs(y) > 2) node.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], { duration: 180, easing: "ease-out" })
    }
  }

  // What may be done with a card

  moves(card) {
    const asked = this.asked.get(card.data.id)
    const found = asked && asked.version === card.data.version ? asked.moves : card.data.moves
    return found.map(([name, why]) => ({ ...this.data.ways[name], name, why, dialog: card.data.dialogs.includes(name) }))
  }

  /** The moves of a card that lead to a state, and why there is none. */
  waysTo(card, state) {
    const found = this.moves(card).filter(way => way.target === state)
    const open = found.filter(way => !way.why)
    if (open.length || found.length) return { open, why: open.length ? "" : found[0].why }
    const others = Object.values(this.data.ways).find(way => way.target === state && way.sources.includes(card.state))
    const words = others ? this.words.not_yours.replace("{move}", others.title) : this.words.none
    return { open, why: words.replace("{from}", this.columns.get(card.state).data.title).replace("{to}", this.columns.get(state).data.title) }
  }

  do(name, value) {
    this.n++
    this.trigger(name, { n: this.n, ...value })
  }

  /** Ask for the last word on the moves of a card: some depend on more than the card shows. */
  ask(card) {
    const asked = this.asked.get(card.data.id)
    if (card.data.moves.length && asked?.version !== card.data.version) this.do("pick", { id: card.data.id, version: card.data.version })
  }

  go(card, way) {
    const list = this.columns.get(way.target)?.list
    if (!way.dialog && list && way.target !== card.state) {
      const before = this.places()
      const focus = this.focused()
      list.prepend(card.node)
      this.keepFocus(focus)
      this.glide(before)
      card.node.classList.add("pending")
    }
    this.root.classList.add("busy")
    this.do("move", { id: card.data.id, version: card.data.version, name: way.name })
  }

  // Dragging

  onPointerDown(event) {
    const node = event.target.closest(".card")
    if (!node || event.button !== 0 || event.ctrlKey || event.metaKey || event.target.closest("button")) return
    const touch = event.pointerType === "touch"
    this.letGo()
    this.press = { card: this.cards.get(Number(node.dataset.id)), x: event.clientX, y: event.clientY, touch }
    if (touch) this.press.timer = setTimeout(() => this.lift(), HOLD)
    document.addEventListener("pointermove", this.moved)
    document.addEventListener("pointerup", this.released)
    document.addEventListener("pointercancel", this.released)
  }

  onPointerMove(event) {
    const { press } = this
    const far = Math.hypot(event.clientX - press.x, event.clientY - press.y) > FAR
    if (!this.ghost) {
      if (press.touch && far) this.letGo()
      if (press.touch || !far) return
      this.lift()
    }
    this.follow(event.clientX, event.clientY)
  }

  lift() {
    const { card, x, y } = this.press
    const box = card.node.getBoundingClientRect()
    this.closeMenu()
    this.hush()
    this.grip = [x - box.left, y - box.top]
    this.ghost = card.node.cloneNode(true)
    this.ghost.className = "card ghost"
    this.ghost.setAttribute("aria-hidden", "true")
    this.ghost.style.width = `${box.width}px`
    card.node.classList.add("lifted")
    this.root.classList.add("dragging")
    this.root.append(this.ghost)
    this.cancel = event => {
      if (event.key !== "Escape") return
      event.stopPropagation()
      this.letGo()
    }
    document.addEventListener("keydown", this.cancel, true)
    this.mark()
    this.follow(x, y)
    this.ask(card)
  }

  mark() {
    const { card } = this.press
    for (const [state, { node }] of this.columns) {
      node.classList.toggle("may", state !== card.state && this.waysTo(card, state).open.length > 0)
      node.classList.toggle("not", state !== card.state && !this.waysTo(card, state).open.length)
    }
    this.point()
  }

  follow(x, y) {
    const box = this.root.getBoundingClientRect()
    this.at = [x, y]
    this.ghost.style.transform = `translate(${x - box.left - this.grip[0]}px, ${y - box.top - this.grip[1]}px) rotate(1.5deg)`
    const row = this.row.getBoundingClientRect()
    const way = x < row.left + EDGE ? -1 : x > row.right - EDGE ? 1 : 0
    cancelAnimationFrame(this.scrolling)
    if (way) this.scrolling = requestAnimationFrame(() => this.ghost && (this.row.scrollBy(way * STEP, 0), this.follow(...this.at)))
    this.point()
  }

  /** Say what would happen where the pointer is. */
  point() {
    const { card } = this.press
    const [x] = this.at ?? [0]
    this.over = null
    for (const [state, { node }] of this.columns) {
      const box = node.getBoundingClientRect()
      const here = x >= box.left && x < box.right
      node.classList.toggle("over", here && state !== card.state)
      if (here) this.over = state
    }
    if (!this.over || this.over === card.state) return void (this.note.hidden = true)
    const { open, why } = this.waysTo(card, this.over)
    this.tell(open.length ? open.map(way => way.title).join(" / ") : why, !open.length, this.ghost.getBoundingClientRect())
  }

  onPointerUp(event) {
    const lifted = this.ghost && event.type === "pointerup"
    const { card } = this.press
    const target = this.over
    this.letGo()
    if (!lifted) return
    this.dropped = performance.now()
    if (!target || target === card.state) return
    const { open, why } = this.waysTo(card, target)
    if (!open.length) this.say(why, card.node)
    else if (open.length > 1) this.openMenu(card, open)
    else this.go(card, open[0])
  }

  letGo() {
    clearTimeout(this.press?.timer)
    cancelAnimationFrame(this.scrolling)
    this.press?.card.node.classList.remove("lifted")
    this.ghost?.remove()
    this.ghost = this.over = null
    this.note.hidden = true
    this.root.classList.remove("dragging")
    for (const { node } of this.columns.values()) node.classList.remove("may", "not", "over")
    document.removeEventListener("pointermove", this.moved)
    document.removeEventListener("pointerup", this.released)
    document.removeEventListener("pointercancel", this.released)
    if (this.cancel) document.removeEventListener("keydown", this.cancel, true)
  }

  // The menu of a card

  openMenu(card, ways = null) {
    this.hush()
    this.offer = { card, ways }
    this.menu.hidden = false
    this.drawMenu()
    const box = this.root.getBoundingClientRect()
    const by = card.node.getBoundingClientRect()
    const left = Math.min(by.right - box.left - 40, box.width - this.menu.offsetWidth)
    this.menu.style.transform = `translate(${Math.max(0, left)}px, ${by.top - box.top + 36}px)`
    this.menu.querySelector("button")?.focus({ preventScroll: true })
    this.menu.scrollIntoView({ block: "nearest" })
    document.addEventListener("pointerdown", this.outside, true)
    if (!ways) this.ask(card)
  }

  drawMenu() {
    const card = this.cards.get(this.offer.card.data.id)
    if (!card) return this.closeMenu()
    const place = [...this.menu.children].indexOf(this.root.getRootNode().activeElement)
    const ways = this.offer.ways ?? this.moves(card)
    this.menu.setAttribute("aria-label", `${this.words.move}: ${card.data.title}`)
    this.menu.replaceChildren(...ways.map(way => this.item(card, way)))
    if (!ways.length) this.menu.append(element("p", "", this.words.no_moves))
    if (place >= 0) this.menu.children[Math.min(place, ways.length - 1)]?.focus({ preventScroll: true })
  }

  item(card, way) {
    const target = way.target === card.state ? "" : this.columns.get(way.target)?.data.title
    const button = element("button", "", bdi(way.title), ...(target ? [element("span", "to", bdi(`→ ${target}`))] : []))
    button.type = "button"
    button.setAttribute("role", "menuitem")
    button.tabIndex = -1
    if (way.why) {
      button.setAttribute("aria-disabled", "true")
      button.append(element("span", "why", bdi(way.why)))
    } else
      button.onclick = event => {
        event.stopPropagation()
        this.closeMenu()
        this.focus(card.data.id)
        this.go(card, way)
      }
    return button
  }

  closeMenu() {
    if (this.menu.hidden) return
    this.menu.hidden = true
    document.removeEventListener("pointerdown", this.outside, true)
  }

  // Pointer and keyboard

  onClick(event) {
    if (performance.now() - (this.dropped ?? -1000) < 300) return event.preventDefault()
    const { target } = event
    const more = target.closest(".more")
    if (more) {
      this.root.classList.add("busy")
      return this.do("more", { state: more.dataset.state })
    }
    const node = target.closest(".card")
    if (!node || target.closest(".menu")) return
    const card = this.cards.get(Number(node.dataset.id))
    if (target.closest(".act")) return this.menu.hidden ? this.openMenu(card) : this.closeMenu()
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    this.open(card)
  }

  open(card) {
    this.root.classList.add("busy")
    this.do("open", { id: card.data.id })
  }

  onKeyDown(event) {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return
    if (event.target.closest(".menu")) return this.onMenuKey(event)
    const node = event.target.closest(".card")
    if (!node) return
    const id = Number(node.dataset.id)
    const steps = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] }
    if (event.key in steps) {
      event.preventDefault()
      this.focus(this.beside(id, ...steps[event.key]))
    } else if (event.target === node && event.key === "Enter") {
      event.preventDefault()
      this.open(this.cards.get(id))
    } else if (event.target === node && [" ", "m", "ContextMenu"].includes(event.key)) {
      event.preventDefault()
      event.stopPropagation()
      this.openMenu(this.cards.get(id))
    }
  }

  onMenuKey(event) {
    const items = [...this.menu.querySelectorAll("button")]
    const at = items.indexOf(this.root.getRootNode().activeElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
    if (to !== undefined) items[(to + items.length) % items.length]?.focus()
    else if (event.key === "Escape" || event.key === "Tab") {
      this.closeMenu()
      this.focus(this.offer.card.data.id)
    } else return
    event.preventDefault()
    event.stopPropagation()
  }

  /** The card that many columns and rows away; empty columns are stepped over. */
  beside(id, right, down) {
    const lists = [...this.columns.values()].map(({ list }) => [...list.children].map(node => Number(node.dataset.id)))
    let column = lists.findIndex(list => list.includes(id))
    const row = lists[column].indexOf(id)
    if (down) return lists[column][Math.min(lists[column].length - 1, Math.max(0, row + down))]
    do column += right
    while (lists[column] && !lists[column].length)
    return lists[column] ? lists[column][Math.min(row, lists[column].length - 1)] : id
  }

  focus(id) {
    const node = this.cards.get(id)?.node
    node?.focus({ preventScroll: true })
    node?.scrollIntoView({ block: "nearest", inline: "nearest" })
  }

  focused() {
    const active = this.root.getRootNode().activeElement
    return active && this.row.contains(active) ? Number(active.closest(".card")?.dataset.id) : null
  }

  keepFocus(id) {
    if (id && this.focused() !== id && this.menu.hidden) this.cards.get(id)?.node.focus({ preventScroll: true })
  }

  onFocusIn(event) {
    const node = event.target.closest(".card")
    if (!node) return
    const old = this.cards.get(this.current)
    if (old) this.reachable(old.node, false)
    this.current = Number(node.dataset.id)
    this.reachable(node, true)
  }

  /** Tab leads to one card, and from there to its link and its button. */
  reachable(node, on) {
    node.tabIndex = on ? 0 : -1
    for (const one of node.querySelectorAll("a, button")) one.tabIndex = on ? 0 : -1
  }
}

export default mount(Board)

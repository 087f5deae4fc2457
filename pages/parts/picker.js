// A reference field: an ARIA 1.2 combobox whose options come from the server, a few at a time.
// What a person types is never touched by an answer. Every text is set as text, never as markup.

const ASK_AFTER = 120 // ms without another key
const ASK_AGAIN = 4000 // ms without an answer
const TRIES = 3
const SAY_SEARCHING_AFTER = 200
const KEYS_KEPT_FOR = 500 // ms that keys typed in between are kept for it
const LONGEST_TERM = 200
const GAP = 4
const ADD = "add"

let count = 0

class Picker extends Placed {
  constructor() {
    super()
    this.id = `picker-${++count}`
    this.value = [] // options picked: [id, text, second]
    this.n = 0 // counts the choices made here; see pages/parts/browser.py
    this.asked = 0 // counts the questions
    this.answers = new Map() // term → answer, while the list is open
    this.term = "" // what the list shows or waits for
    this.editing = false // false: the input shows what is picked
    this.entries = []
    this.active = -1
    this.open = false
    this.build()
  }

  build() {
    const id = this.id
    this.label = element("label")
    this.label.htmlFor = id
    this.help = button("help", "question")
    this.help.tabIndex = 0
    this.tip = element("div", "tip")
    this.tip.id = `${id}-tip`
    this.tip.role = "tooltip"
    this.chips = element("span", "chips")
    this.input = element("input")
    Object.assign(this.input, { id, type: "text", autocomplete: "off", spellcheck: false, role: "combobox", maxLength: LONGEST_TERM })
    this.set(this.input, { autocorrect: "off", autocapitalize: "off", "aria-autocomplete": "list", "aria-controls": `${id}-list` })
    this.clearer = button("clear", "empty")
    this.opener = button("opener", "chevron")
    this.opener.ariaHidden = "true"
    this.box = element("div", "box", element("span", "field", this.chips, this.input), this.clearer, this.opener)
    this.error = element("div", "error")
    this.error.id = `${id}-error`
    this.list = element("ul")
    this.list.id = `${id}-list`
    this.list.role = "listbox"
    this.head = element("div", "note")
    this.foot = element("div", "note")
    this.drop = element("div", "drop", this.head, this.list, this.foot)
    this.live = element("div", "unseen")
    this.live.role = "status"
    this.root = element("div", "picker", element("div", "top", this.label, this.help), this.box, this.error, this.tip, this.drop, this.live)
    if (this.drop.showPopover) this.drop.popover = this.tip.popover = "manual" // in the top layer nothing cuts them off
    this.listen()
    this.set(this.input, { "aria-expanded": "false" })
  }

  listen() {
    const { input, box, drop, help, root } = this
    input.addEventListener("input", event => this.onInput(event))
    input.addEventListener("compositionend", () => this.onInput({ committed: true }))
    input.addEventListener("focus", () => this.onFocus())
    input.addEventListener("keydown", event => this.onKeyDown(event))
    box.addEventListener("mousedown", event => this.onBoxDown(event))
    box.addEventListener("click", event => this.onBoxClick(event))
    this.chips.addEventListener("keydown", event => this.onChipKey(event))
    drop.addEventListener("mousedown", event => event.preventDefault()) // the input keeps the focus
    drop.addEventListener("mousemove", event => this.onPointAt(event))
    drop.addEventListener("click", event => this.onPick(event))
    root.addEventListener("focusout", event => root.contains(event.relatedTarget) || setTimeout(() => this.onLeave()))
    for (const kind of ["mouseenter", "focus", "click"]) help.addEventListener(kind, () => this.showTip(true))
    for (const kind of ["mouseleave", "blur"]) help.addEventListener(kind, () => this.showTip(false))
    help.addEventListener("keydown", event => event.key === "Escape" && this.tip.matches(".shown") && (event.stopPropagation(), this.showTip(false)))
    this.place = this.place.bind(this)
    this.keepKey = this.keepKey.bind(this)
  }

  set(node, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === false || value === "") node.removeAttribute(name)
      else node.setAttribute(name, value === true ? "true" : value)
    }
  }

  // Life on the page

  arrive() {
    const { focused, open, input } = this
    if (focused) {
      this.quiet = true
      input.focus({ preventScroll: true })
      this.quiet = false
      this.typeKept()
    }
    if (open) this.place()
  }

  end() {
    this.focus(false)
    this.close()
  }

  focus(on) {
    this.focused = on
    this.kept = ""
    this.left = Infinity
    document[on ? "addEventListener" : "removeEventListener"]("keydown", this.keepKey, true)
  }

  /** A key typed while the field is between two places goes to nobody, unless it is kept. */
  keepKey(event) {
    const { key } = event
    if (this.root.isConnected || document.activeElement !== document.body || performance.now() > this.left + KEYS_KEPT_FOR) return
    if (event.ctrlKey || event.metaKey || event.altKey || (key.length > 1 && key !== "Backspace")) return
    this.kept += key.length > 1 ? "\b" : key
    event.preventDefault()
    event.stopPropagation()
  }

  typeKept() {
    const { input, kept } = this
    this.kept = ""
    this.left = Infinity
    for (const key of kept) {
      const [from, to] = [input.selectionStart, input.selectionEnd]
      if (key === "\b") input.setRangeText("", from === to ? Math.max(0, from - 1) : from, to, "end")
      else input.setRangeText(key, from, to, "end")
    }
    if (kept) this.onInput({})
  }

  update(data) {
    this.data = data
    this.words = data.labels
    const star = element("span", "star", "*")
    star.ariaHidden = "true"
    this.label.replaceChildren(bdi(data.label), ...(data.required ? [star] : []))
    this.help.hidden = !data.help
    this.help.ariaLabel = data.help
    this.tip.textContent = data.help
    this.error.textContent = data.error
    this.root.classList.toggle("multiple", data.multiple)
    this.root.classList.toggle("wrong", Boolean(data.error))
    this.root.classList.toggle("disabled", data.disabled)
    this.input.disabled = data.disabled
    this.set(this.input, {
      "aria-required": data.required,
      "aria-invalid": Boolean(data.error),
      "aria-describedby": [data.error && this.error.id, data.help && this.tip.id].filter(Boolean).join(" "),
    })
    this.set(this.list, { "aria-multiselectable": data.multiple })
    this.clearer.ariaLabel = data.labels.clear
    if (data.value.n >= this.n) this.obey(data.value)
    this.drawValue()
    if (data.answer) this.onAnswer(data.answer)
    if (this.open) requestAnimationFrame(this.place)
  }

  obey({ n, ids, options }) {
    const known = new Map([...this.value, ...options].map(option => [option[0], option]))
    const same = n === this.n && ids.length === this.value.length && ids.every((id, index) => id === this.value[index][0])
    this.n = n
    this.value = ids.filter(id => known.has(id)).map(id => known.get(id))
    if (!same && !this.data.multiple) this.editing = false
  }

  drawValue() {
    const { multiple, disabled, placeholder } = this.data
    const [one] = this.value
    if (multiple) {
      this.chips.replaceChildren(...this.value.map(option => chip(option, this.words.remove, disabled)))
    } else if (!this.editing) {
      const text = one?.[1] ?? ""
      if (this.input.value !== text) this.input.value = text
      this.input.title = one ? lines(one) : ""
    }
    this.input.placeholder = multiple && this.value.length ? "" : placeholder
    this.clearer.hidden = disabled || !this.value.length
    this.root.classList.toggle("filled", Boolean(this.value.length))
  }

  // Asking the server

  get typed() {
    return this.editing ? this.input.value.trim() : ""
  }

  ask(after) {
    clearTimeout(this.timer)
    this.term = this.typed
    const known = this.answers.get(this.term)
    if (known) return this.drawList(known)
    this.root.classList.add("waiting")
    this.timer = setTimeout(() => this.send(1), after)
    clearTimeout(this.slow)
    this.slow = setTimeout(() => this.say(this.words.searching), after + SAY_SEARCHING_AFTER)
  }

  send(attempt) {
    this.trigger("ask", { n: ++this.asked, term: this.term })
    this.timer = setTimeout(() => (attempt < TRIES ? this.send(attempt + 1) : this.say(this.words.failed)), ASK_AGAIN)
  }

  say(text) {
    if (!this.open) return
    this.head.textContent = text
    this.live.textContent = text
    this.place()
  }

  onAnswer(answer) {
    if (!this.open) return
    this.answers.set(answer.term, answer)
    if (answer.term === this.term && this.root.classList.contains("waiting")) this.drawList(answer)
  }

  // The list

  drawList(answer) {
    clearTimeout(this.timer)
    clearTimeout(this.slow)
    this.root.classList.remove("waiting")
    const { options, more, recent } = (this.shown = answer)
    const parts = words(answer.term)
    this.entries = [...options]
    const nodes = options.map(option => entry(option, parts, this.value.some(one => one[0] === option[0])))
    if (this.data.add_new) {
      this.entries.push(ADD)
      nodes.push(adder(this.data.add_new))
    }
    nodes.forEach((node, index) => {
      node.id = `${this.id}-${index}`
      node.dataset.index = index
    })
    this.list.replaceChildren(...nodes)
    const nothing = answer.term ? this.words.nothing.replace("{term}", () => answer.term) : this.words.start
    this.head.textContent = !options.length ? nothing : recent ? this.words.recent : ""
    this.foot.textContent = more ? this.words.more : ""
    this.live.textContent = options.length ? `${options.length}${more ? "+" : ""}` : nothing
    this.activate(answer.term && options.length ? 0 : -1)
    this.list.scrollTop = 0
    this.place()
    if (this.pickOnAnswer && options.length === 1) this.pick(0)
    this.pickOnAnswer = false
  }

  activate(index) {
    this.list.children[this.active]?.classList.remove("active")
    this.active = index
    const node = this.list.children[index]
    node?.classList.add("active")
    node?.scrollIntoView({ block: "nearest" })
    this.set(this.input, { "aria-activedescendant": node ? node.id : null })
  }

  show(on) {
    this.open = on
    this.set(this.input, { "aria-expanded": String(on) })
    this.set(this.list, { "aria-label": on && this.data.label })
    if (!on) this.reveal(this.drop, false)
    const change = on ? "addEventListener" : "removeEventListener"
    window[change]("scroll", this.place, true)
    window[change]("resize", this.place)
    window.visualViewport?.[change]("resize", this.place)
  }

  reveal(node, on) {
    node.classList.toggle("shown", on)
    if (node.popover && node.isConnected && node.matches(":popover-open") !== on) node.togglePopover(on)
  }

  /** Below the field, or above it where there is more room. */
  place() {
    if (!this.open) return
    this.reveal(this.drop, Boolean(this.list.children.length || this.head.textContent))
    const field = this.box.getBoundingClientRect()
    const { style } = this.drop
    const view = window.visualViewport ?? { offsetTop: 0, height: innerHeight }
    style.maxHeight = "none"
    const wanted = Math.min(this.drop.scrollHeight + 2, 22 * parseFloat(getComputedStyle(document.documentElement).fontSize))
    const below = view.offsetTop + view.height - field.bottom - 2 * GAP
    const above = field.top - view.offsetTop - 2 * GAP
    const up = below < wanted && above > below
    const high = Math.max(0, Math.min(wanted, up ? above : below))
    style.maxHeight = `${high}px`
    style.left = `${field.left}px`
    style.width = `${field.width}px`
    style.top = `${up ? field.top - GAP - Math.min(high, this.drop.offsetHeight) : field.bottom + GAP}px`
  }

  openList(after = 0) {
    if (this.data.disabled) return
    if (this.open) return this.ask(after)
    this.shown = null
    this.entries = []
    this.list.replaceChildren()
    this.head.textContent = this.foot.textContent = ""
    this.active = -1
    this.show(true)
    this.ask(after)
  }

  close() {
    if (!this.open) return
    clearTimeout(this.timer)
    clearTimeout(this.slow)
    this.root.classList.remove("waiting")
    this.pickOnAnswer = false
    this.answers.clear()
    this.activate(-1)
    this.show(false)
  }

  /** Back to what is picked. */
  revert() {
    this.editing = false
    if (this.data.multiple) this.input.value = ""
    this.drawValue()
  }

  // What people do

  onFocus() {
    if (this.quiet) return
    this.focus(true)
    if (!this.data.multiple && !this.editing) this.input.select()
    if (!this.open) this.openList(this.pointed ? 0 : ASK_AFTER)
  }

  onLeave() {
    if (!this.root.isConnected || this.root.contains(this.root.getRootNode().activeElement)) return
    this.focus(false)
    this.close()
    this.revert()
  }

  onInput(event) {
    this.editing = true
    if (event.isComposing) return
    if (!this.data.multiple && !this.input.value && this.value.length) this.choose([])
    this.pickOnAnswer = false
    this.openList(this.typed && !event.committed ? ASK_AFTER : 0)
  }

  onBoxDown(event) {
    this.pointed = true
    setTimeout(() => (this.pointed = false))
    if (event.target !== this.input) event.preventDefault()
  }

  onBoxClick(event) {
    if (this.data.disabled) return
    const remove = event.target.closest(".remove")
    if (remove) this.choose(this.value.filter(one => one[0] !== Number(remove.dataset.id)))
    else if (event.target.closest(".clear")) this.clear()
    else if (event.target.closest(".opener") && this.open) return this.close()
    const fresh = !this.focused
    this.input.focus()
    if (!fresh && !this.open) this.openList()
  }

  clear() {
    this.editing = false
    this.input.value = ""
    this.choose([])
    if (this.open) this.ask(0)
  }

  onPointAt(event) {
    const node = event.target.closest("li")
    if (node && Number(node.dataset.index) !== this.active) this.activate(Number(node.dataset.index))
  }

  onPick(event) {
    const node = event.target.closest("li")
    if (node) this.pick(Number(node.dataset.index))
  }

  onKeyDown(event) {
    if (event.isComposing || event.keyCode === 229) return // an input method is still at work
    const { key } = event
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault()
      if (event.altKey && key === "ArrowUp") return this.close()
      if (!this.open) return this.openList()
      if (event.altKey || !this.entries.length) return
      const step = key === "ArrowDown" ? 1 : -1
      this.activate((Math.max(this.active, step < 0 ? 0 : -1) + step + this.entries.length) % this.entries.length)
    } else if (key === "Enter") {
      if (!this.open) return
      event.preventDefault()
      event.stopPropagation()
      if (this.root.classList.contains("waiting") && this.typed) this.pickOnAnswer = true
      else if (this.active >= 0) this.pick(this.active)
    } else if (key === "Escape") {
      if (!this.open) return
      event.preventDefault()
      event.stopPropagation()
      this.close()
      this.revert()
      if (!this.data.multiple) this.input.select()
    } else if (key === "Tab") {
      this.close()
    } else if (key === "Backspace" && this.data.multiple && !this.input.value && this.value.length) {
      this.choose(this.value.slice(0, -1))
    } else if (key === "ArrowLeft" && this.data.multiple && !this.input.selectionEnd && this.value.length) {
      event.preventDefault()
      this.chips.lastChild.lastChild.focus()
    }
  }

  onChipKey(event) {
    const removers = [...this.chips.querySelectorAll(".remove")]
    const index = removers.indexOf(event.target)
    const { key } = event
    if (key === "ArrowLeft" && index > 0) removers[index - 1].focus()
    else if (key === "ArrowRight") (removers[index + 1] ?? this.input).focus()
    else if (key === "Delete" || key === "Backspace") {
      this.choose(this.value.filter((_, place) => place !== index))
      const left = this.chips.querySelectorAll(".remove")
      ;(left[Math.min(index, left.length - 1)] ?? this.input).focus()
    } else return
    event.preventDefault()
  }

  pick(index) {
    const entry = this.entries[index]
    if (entry === undefined) return
    if (entry === ADD) {
      const term = this.typed
      this.close()
      this.revert()
      this.trigger("add", term)
    } else if (this.data.multiple) {
      const without = this.value.filter(one => one[0] !== entry[0])
      this.input.value = ""
      this.editing = false
      this.choose(without.length < this.value.length ? without : [...this.value, entry])
      if (this.term) this.ask(0)
      else {
        this.drawList(this.shown)
        this.activate(index)
      }
    } else {
      this.editing = false
      this.close()
      if (this.value[0]?.[0] !== entry[0]) this.choose([entry])
      else this.drawValue()
      this.input.select()
    }
  }

  /** Shown at once, and sent. */
  choose(options) {
    this.value = options
    this.n++
    this.drawValue()
    this.setState("value", { n: this.n, ids: options.map(option => option[0]) })
  }

  showTip(on) {
    this.reveal(this.tip, on)
    if (!on) return
    const icon = this.help.getBoundingClientRect()
    const { offsetWidth, offsetHeight, style } = this.tip
    const above = icon.top - offsetHeight - 8
    style.top = `${above > 4 ? above : icon.bottom + 8}px`
    style.left = `${Math.max(8, Math.min(innerWidth - offsetWidth - 8, icon.left + icon.width / 2 - offsetWidth / 2))}px`
  }
}

export default mount(Picker)

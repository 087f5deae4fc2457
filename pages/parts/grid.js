// The list of a table. Rows are kept by id and mended in place, so that focus, scroll and selection stay where they are.
// Every text is set as text, never as markup.

const SEND_AFTER = 150 // ms without another tick before the selection is sent
const BUSY_FOR = 3000
const CARD_LINES = 4
const PAGE_ROWS = 10

const remembered = new Map() // what was selected in grids that left the page

class Grid extends Placed {
  constructor(key) {
    super()
    this.key = key
    this.rows = new Map() // id → { tr, data }
    this.order = []
    this.selected = remembered.get(key)?.selected ?? new Set()
    this.n = remembered.get(key)?.n ?? 0 // counts the choices made here; see pages/parts/browser.py
    this.current = null // id of the row that Tab leads to
    this.anchor = null // id of the row where a range starts
    this.timer = 0
    this.focused = null
    this.build()
  }

  build() {
    this.live = element("div", "unseen")
    this.live.setAttribute("role", "status")
    this.bar = element("div", "bar")
    this.head = element("thead")
    this.body = element("tbody")
    this.foot = element("tfoot")
    this.caption = element("caption", "unseen")
    this.table = element("table", "", this.caption, this.head, this.body, this.foot)
    this.table.role = "table" // said outright: the style sheet lays rows out as grids, and some browsers then forget what they are
    for (const group of [this.head, this.body, this.foot]) group.role = "rowgroup"
    this.empty = element("p", "empty")
    this.scroller = element("div", "scroller", this.table, this.empty)
    this.root = element("div", "grid", this.bar, this.scroller, this.live)
    this.root.addEventListener("click", event => this.onClick(event))
    this.root.addEventListener("auxclick", event => event.button === 1 && this.onMiddleClick(event))
    this.root.addEventListener("mousedown", event => this.onMouseDown(event))
    this.root.addEventListener("mouseover", event => this.onMouseOver(event))
    this.root.addEventListener("keydown", event => this.onKeyDown(event))
    this.root.addEventListener("focusin", event => this.onFocusIn(event))
    this.root.addEventListener("focusout", () => setTimeout(() => this.root.isConnected && this.noteFocus()))
    this.scroller.addEventListener("scroll", () => this.onScroll(), { passive: true })
    this.flushOutside = event => event.composedPath().includes(this.root) || this.send()
  }

  arrive() {
    const { focused, scrolled, scroller } = this
    if (scrolled) [scroller.scrollLeft, scroller.scrollTop] = scrolled
    if (focused?.isConnected) focused.focus({ preventScroll: true })
  }

  end() {
    this.wait(false)
    remembered.set(this.key, { n: this.n, selected: this.selected })
  }

  noteFocus() {
    const active = this.root.getRootNode().activeElement
    this.focused = active && this.root.contains(active) ? active : null
  }

  // Drawing

  update(data) {
    const columns = JSON.stringify([data.columns, data.selectable, data.labels])
    const focus = this.whereFocusIs()
    this.data = data
    this.words = data.labels
    if (data.selected.n >= this.n) this.obey(data.selected)
    this.root.dataset.density = data.density
    this.root.dataset.height = data.height
    this.root.classList.toggle("selectable", data.selectable)
    this.caption.textContent = data.caption
    if (columns !== this.columns) {
      this.columns = columns
      this.rows.clear()
      this.body.replaceChildren()
      this.drawColumns()
    }
    this.drawSort()
    this.drawRows()
    this.drawFoot()
    this.drawSelection()
    this.busy(false)
    this.restoreFocus(focus)
  }

  obey(choice) {
    if (choice.n > this.n || choice.ids.length !== this.selected.size || choice.ids.some(id => !this.selected.has(id))) {
      this.selected = new Set(choice.ids)
      this.wait(false)
    }
    this.n = choice.n
  }

  drawColumns() {
    const { columns, selectable } = this.data
    const row = element("tr")
    const model = element("tr") // copied for every row
    row.role = model.role = "row"
    model.tabIndex = -1
    const tracks = []
    if (selectable) {
      tracks.push("2.75rem")
      row.append(element("th", "check", box(this.words.select_all)))
      model.append(element("td", "check", box(this.words.select)))
      model.lastChild.role = "cell"
    }
    const lines = columns.filter(column => !column.primary && !["badge", "badges", "image"].includes(column.kind)).slice(0, CARD_LINES)
    const primary = Math.max(0, columns.findIndex(column => column.primary))
    columns.forEach((column, index) => {
      tracks.push(column.elastic ? `minmax(${column.width}rem, ${column.width}fr)` : `${column.width}rem`)
      const classes = column.right ? ["right"] : []
      if (index === primary) classes.push("primary")
      else if (column.kind === "badge" || column.kind === "badges") classes.push("tag")
      else if (column.kind === "image") classes.push("picture")
      else classes.push(lines.includes(column) ? "line" : "extra")
      row.append(headCell(column, index, classes.join(" ")))
      const cell = element("td", classes.join(" "))
      cell.role = index === primary ? "rowheader" : "cell"
      cell.dataset.kind = column.kind
      cell.dataset.label = column.title
      if (column.unit) cell.dataset.unit = column.unit
      model.append(cell)
    })
    const least = columns.reduce((sum, column) => sum + column.width, selectable ? 2.75 : 0)
    this.table.style.setProperty("--least", `${least}rem`)
    this.table.style.setProperty("--tracks", tracks.join(" "))
    this.head.replaceChildren(row)
    this.root.classList.toggle("pictured", columns.some((column, index) => column.kind === "image" && index !== primary))
    this.model = model
    this.primary = primary
    this.offset = selectable ? 1 : 0
    this.drawBar()
  }

  // Where it is narrow the head is not shown; this bar sorts and selects all instead.
  drawBar() {
    const { columns, selectable } = this.data
    const all = element("label", "all", box(this.words.select_all), element("span", "count"))
    all.firstChild.tabIndex = 0
    this.sorter = sorter(columns, this.words)
    this.sorter.onchange = () => {
      const [index, descending] = this.sorter.value.split(" ")
      if (index) this.sort(columns[index], descending === "1")
    }
    this.bar.replaceChildren(...(selectable ? [all] : []), ...(this.sorter.length > 1 ? [this.sorter] : []))
  }

  drawSort() {
    const [name, descending] = this.data.sort ?? []
    this.data.columns.forEach((column, index) => {
      const cell = this.head.rows[0].cells[index + this.offset]
      if (column.name === name) cell.setAttribute("aria-sort", descending ? "descending" : "ascending")
      else cell.removeAttribute("aria-sort")
    })
    const index = this.data.columns.findIndex(column => column.name === name)
    this.sorter.value = index < 0 ? "" : `${index} ${descending ? 1 : 0}`
    this.sorter.options[0].hidden = index >= 0
  }

  drawRows() {
    const before = this.rows
    const after = new Map()
    let kept = 0
    for (const data of this.data.rows) {
      const old = before.get(data[0])
      if (old) kept++
      after.set(data[0], old ? this.mend(old, data) : this.row(data))
    }
    for (const [id, row] of before) if (!after.has(id)) row.tr.remove()
    let place = this.body.firstChild
    for (const { tr } of after.values()) {
      if (tr === place) place = place.nextSibling
      else this.body.insertBefore(tr, place)
    }
    this.rows = after
    this.order = [...after.keys()]
    if (before.size && !kept && this.scrolled?.[1]) this.scroller.scrollTop = 0
    if (!after.has(this.current)) this.current = this.order[0] ?? null
    if (!after.has(this.anchor)) this.anchor = null
    this.empty.textContent = this.data.empty
    this.root.classList.toggle("nothing", !this.order.length)
    const current = after.get(this.current)
    if (current) this.reachable(current.tr, true)
  }

  row(data) {
    const tr = this.model.cloneNode(true)
    tr.dataset.id = data[0]
    const row = { tr, data }
    this.edge(row, data)
    data[4].forEach((cell, index) => this.fill(tr.cells[index + this.offset], index, cell, data))
    return row
  }

  mend(row, data) {
    const old = row.data
    row.data = data
    if (old[2] !== data[2] || old[3] !== data[3]) this.edge(row, data)
    data[4].forEach((cell, index) => {
      const was = old[4][index]
      const same = was === cell || (typeof cell === "object" && typeof was === "object" && JSON.stringify(was) === JSON.stringify(cell))
      if (!same || (index === this.primary && old[1] !== data[1])) this.fill(row.tr.cells[index + this.offset], index, cell, data)
    })
    return row
  }

  edge({ tr }, data) {
    if (data[2]) tr.dataset.colour = data[2]
    else delete tr.dataset.colour
    if (data[3]) tr.setAttribute("aria-description", data[3])
    else tr.removeAttribute("aria-description")
    tr.cells[0].title = data[2] ? data[3] : ""
  }

  fill(td, index, cell, row) {
    const column = this.data.columns[index]
    const rich = typeof cell === "string" ? null : cell
    const text = rich ? rich.text : cell
    td.classList.toggle("blank", text === "" || (Array.isArray(cell) && !cell.length))
    if (index === this.primary) {
      td.replaceChildren(anchor("title", row[1], text))
      this.second(td, rich)
      if (this.offset) td.parentNode.cells[0].firstChild.setAttribute("aria-label", `${this.words.select} ${text}`)
      return
    }
    td.replaceChildren(rich ? content(column.kind, rich) : bdi(text))
    if (rich && !Array.isArray(rich)) {
      this.second(td, rich)
      if (rich.title) td.title = rich.title
      else td.removeAttribute("title")
    }
  }

  second(td, rich) {
    td.classList.toggle("two", Boolean(rich?.second))
    if (rich?.second) td.append(element("span", "second", bdi(rich.second)))
  }

  drawFoot() {
    const sums = this.data.footer
    this.foot.replaceChildren()
    if (!sums || !this.order.length) return
    const row = element("tr")
    row.role = "row"
    if (this.offset) row.append(element("td", "check"))
    const free = sums[this.primary] ? sums.findIndex(text => !text) : this.primary
    this.data.columns.forEach((column, index) => {
      const cell = this.model.cells[index + this.offset].cloneNode(false)
      if (index === free) cell.classList.add("total")
      cell.classList.toggle("blank", !sums[index])
      cell.append(bdi(index === free ? this.words.total : sums[index]))
      row.append(cell)
    })
    this.foot.append(row)
  }

  drawSelection() {
    if (!this.data.selectable) return
    let here = 0
    for (const [id, { tr }] of this.rows) {
      const chosen = this.selected.has(id)
      if (chosen) here++
      tr.classList.toggle("chosen", chosen)
      tr.cells[0].firstChild.checked = chosen
    }
    for (const box of [this.head.querySelector("input"), this.bar.querySelector("input")]) {
      box.checked = here > 0 && here === this.rows.size
      box.indeterminate = here > 0 && here < this.rows.size
    }
    const count = this.selected.size ? this.words.selected.replace("{count}", this.selected.size) : this.words.select_all
    this.bar.querySelector(".count").textContent = count
  }

  // Focus: Tab leads to one row, its tick box and its links; arrows go from row to row.

  reachable(tr, on) {
    tr.tabIndex = on ? 0 : -1
    for (const node of tr.querySelectorAll("input, a")) node.tabIndex = on ? 0 : -1
  }

  makeCurrent(id) {
    if (id === this.current) return
    const old = this.rows.get(this.current)
    if (old) this.reachable(old.tr, false)
    this.current = id
    const row = this.rows.get(id)
    if (row) this.reachable(row.tr, true)
  }

  onFocusIn(event) {
    this.noteFocus()
    const tr = event.target.closest("tbody tr")
    if (tr) this.makeCurrent(Number(tr.dataset.id))
  }

  whereFocusIs() {
    this.noteFocus()
    const tr = this.focused?.closest("tr")
    if (!tr) return null
    if (tr.parentNode !== this.body) {
      const column = this.focused.dataset.column
      return { column: column === undefined ? null : this.data.columns[column].name }
    }
    const id = Number(tr.dataset.id)
    const kind = this.focused === tr ? "tr" : this.focused.localName
    return { id, index: this.order.indexOf(id), kind }
  }

  restoreFocus(was) {
    const active = this.root.getRootNode().activeElement
    if (!was || (active && this.root.contains(active))) return
    let target
    if (was.id !== undefined) {
      const row = this.rows.get(was.id) ?? this.rows.get(this.order[Math.min(was.index, this.order.length - 1)])
      target = was.kind === "tr" ? row?.tr : row?.tr.querySelector(was.kind)
    } else {
      const index = this.data.columns.findIndex(column => column.name === was.column)
      target = index < 0 ? this.head.querySelector("input") : this.head.querySelector(`[data-column="${index}"]`)
    }
    target?.focus({ preventScroll: true })
  }

  // What people do

  onScroll() {
    const { scrollLeft, scrollTop } = this.scroller
    this.scrolled = [scrollLeft, scrollTop]
    this.root.classList.toggle("shifted", scrollLeft > 0)
  }

  onClick(event) {
    const { target } = event
    const head = target.closest("button.sort")
    if (head) return this.onSort(this.data.columns[head.dataset.column])
    if (target.matches("input") && !target.closest("tbody")) return this.selectAll(target.checked)
    const tr = target.closest("tbody tr")
    if (!tr) return
    const id = Number(tr.dataset.id)
    if (target.closest("td.check")) return this.onTick(event, id, target)
    const link = target.closest("a")
    const elsewhere = event.ctrlKey || event.metaKey
    if (link && (elsewhere || !link.matches(".title, [data-id]"))) return // the browser's own business
    if (link) event.preventDefault()
    if (event.shiftKey && this.data.selectable) return this.selectRange(id, true)
    if (!link && String(getSelection())) return // somebody marks text to copy it
    if (link?.dataset.id) {
      const column = this.data.columns[link.closest("td").cellIndex - this.offset]
      return this.act("follow", { id: Number(link.dataset.id), column: column.name })
    }
    if (elsewhere) this.openElsewhere(id)
    else this.open(id)
  }

  onMiddleClick(event) {
    const tr = event.target.closest("tbody tr")
    if (tr && !event.target.closest("a, td.check")) this.openElsewhere(Number(tr.dataset.id))
  }

  onMouseDown(event) {
    const inside = event.target.closest("tbody tr")
    if (inside && (event.shiftKey || (event.button === 1 && !event.target.closest("a")))) event.preventDefault()
  }

  // A text that is cut off shows whole when the pointer rests on it.
  onMouseOver(event) {
    const box = event.target.closest("td")
    if (!box || (box.title && !box.dataset.cut)) return
    const cut = [...box.querySelectorAll("bdi, a, span")].some(node => node.scrollWidth > node.clientWidth && node.clientWidth)
    if (cut) box.title = [...box.querySelectorAll("bdi")].map(node => node.textContent).join("\n")
    else if (box.dataset.cut) box.removeAttribute("title")
    box.dataset.cut = cut ? "1" : ""
  }

  onKeyDown(event) {
    const tr = event.target.closest("tbody tr")
    if (!tr || event.isComposing || event.altKey) return
    const id = Number(tr.dataset.id)
    const onRow = event.target === tr
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE_ROWS, PageUp: -PAGE_ROWS, Home: -Infinity, End: Infinity }
    if (event.key in moves && !event.ctrlKey && !event.metaKey) {
      const from = this.order.indexOf(id)
      const to = Math.min(this.order.length - 1, Math.max(0, from + moves[event.key]))
      event.preventDefault()
      const next = this.order[to]
      if (event.shiftKey && this.data.selectable) {
        this.anchor ??= id
        this.selectRange(next, true, true)
      }
      this.goTo(next)
    } else if (event.key === " " && this.data.selectable && onRow) {
      event.preventDefault()
      if (event.shiftKey) this.selectRange(id, true)
      else this.tick(id)
    } else if (event.key === "Enter" && onRow) {
      event.preventDefault()
      if (event.ctrlKey || event.metaKey) this.openElsewhere(id)
      else this.open(id)
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey) && this.data.selectable) {
      event.preventDefault()
      this.selectAll(true)
    } else if (event.key === "Escape" && this.selected.size) {
      event.stopPropagation()
      this.choose(new Set())
    }
  }

  goTo(id) {
    const { tr } = this.rows.get(id)
    tr.focus({ preventScroll: true })
    tr.scrollIntoView({ block: "nearest", inline: "nearest" })
  }

  open(id) {
    this.act("open", id)
  }

  openElsewhere(id) {
    const href = safe(this.rows.get(id).data[1])
    if (href) window.open(new URL(href, document.baseURI).href, "_blank", "noopener")
  }

  onSort(column) {
    const [name, descending] = this.data.sort ?? []
    this.sort(column, column.name === name ? !descending : false)
  }

  sort(column, descending) {
    this.data.sort = [column.name, descending]
    this.drawSort()
    this.act("sort", { column: column.name, descending })
  }

  act(name, value) {
    this.send()
    this.busy(true)
    this.trigger(name, value)
  }

  // Not for ever: where nothing changes in the list, the server's answer does not come by here.
  busy(on) {
    clearTimeout(this.waiting)
    this.root.classList.toggle("busy", on)
    if (on) this.waiting = setTimeout(() => this.busy(false), BUSY_FOR)
  }

  onTick(event, id, target) {
    if (target.matches("input")) {
      if (event.shiftKey && this.anchor !== null) return this.selectRange(id, target.checked)
      return this.tick(id, target.checked)
    }
    if (event.shiftKey && this.anchor !== null) return this.selectRange(id, !this.selected.has(id))
    this.tick(id)
  }

  tick(id, on = !this.selected.has(id)) {
    const chosen = new Set(this.selected)
    if (on) chosen.add(id)
    else chosen.delete(id)
    this.anchor = id
    this.choose(chosen)
  }

  selectRange(id, on, keepAnchor = false) {
    const [from, to] = [this.order.indexOf(this.anchor ?? id), this.order.indexOf(id)].sort((a, b) => a - b)
    const chosen = new Set(this.selected)
    for (const one of this.order.slice(from, to + 1)) {
      if (on) chosen.add(one)
      else chosen.delete(one)
    }
    if (!keepAnchor) this.anchor = id
    this.choose(chosen)
  }

  selectAll(on) {
    const chosen = new Set(this.selected)
    for (const id of this.order) {
      if (on) chosen.add(id)
      else chosen.delete(id)
    }
    this.choose(chosen)
  }

  // Shown at once; sent when the person pauses, or turns to something else on the page.
  choose(chosen) {
    this.selected = chosen
    this.n++
    this.drawSelection()
    this.live.textContent = this.words.selected.replace("{count}", chosen.size)
    this.wait(true)
  }

  wait(on) {
    clearTimeout(this.timer)
    this.timer = on ? setTimeout(() => this.send(), SEND_AFTER) : 0
    for (const kind of ["pointerdown", "keydown"]) {
      document.removeEventListener(kind, this.flushOutside, true)
      if (on) document.addEventListener(kind, this.flushOutside, true)
    }
  }

  send() {
    if (!this.timer) return
    this.wait(false)
    this.setState("selected", { n: this.n, ids: [...this.selected] })
  }
}

export default mount(Grid)

export type Child = Node | string | number | null | undefined | false

type Attribute = string | number | boolean | undefined | ((event: Event) => void)

/**
 * An element with attributes, listeners (functions) and children. Texts become text: nothing here reads markup, and
 * the policy of the pages lets nothing do so.
 */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, Attribute> = {},
  ...children: (Child | Child[])[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) set(element, key, value)
  for (const child of children.flat()) {
    if (child instanceof Node) element.append(child)
    else if (typeof child === 'string' || typeof child === 'number') element.append(String(child))
  }
  return element
}

function set(element: Element, key: string, value: Attribute): void {
  if (typeof value === 'function') element.addEventListener(key, value)
  else if (typeof value === 'boolean') element.toggleAttribute(key, value)
  else if (value !== undefined) element.setAttribute(key, String(value))
}

let count = 0

/** An id of its own for an element that another refers to. */
export function newId(): string {
  count += 1
  return `e${count}`
}

/** A button that does something; while it is at it, it cannot be pressed again. */
export function button(
  label: Child,
  act: () => unknown,
  attributes: Record<string, Attribute> = {},
): HTMLButtonElement {
  const element = h('button', { type: 'button', ...attributes }, label)
  element.addEventListener('click', () => {
    void whileBusy(element, act)
  })
  return element
}

async function whileBusy(element: HTMLButtonElement, act: () => unknown) {
  if (element.ariaBusy === 'true') return
  // Not `disabled`, which would take the focus away.
  element.ariaBusy = 'true'
  try {
    await act()
  } finally {
    element.ariaBusy = null
  }
}

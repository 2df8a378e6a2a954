import type { Role } from './api/types.ts'
import type { FieldOptions } from './dom/field.ts'

export const roleWords: Record<Role, string> = {
  member: 'Member',
  editor: 'Editor',
  admin: 'Administrator',
}

type Attributes = NonNullable<FieldOptions['attributes']>

/** The fields of the forms about people, as the service takes them and password managers know them. */

export function usernameIs(attributes: Attributes = {}): FieldOptions {
  return {
    name: 'username',
    label: 'Username',
    attributes: {
      required: true,
      autocomplete: 'username',
      autocapitalize: 'none',
      spellcheck: 'false',
      maxlength: 64,
      ...attributes,
    },
  }
}

export function emailIs(attributes: Attributes = {}): FieldOptions {
  return {
    name: 'email',
    label: 'E-mail',
    attributes: { type: 'email', autocomplete: 'email', maxlength: 254, ...attributes },
  }
}

export function passwordIs(attributes: Attributes = {}): FieldOptions {
  return {
    name: 'password',
    label: 'Password',
    attributes: {
      type: 'password',
      required: true,
      autocomplete: 'current-password',
      maxlength: 512,
      ...attributes,
    },
  }
}

export function newPasswordIs(name = 'password', label = 'Password'): FieldOptions {
  return {
    ...passwordIs({ autocomplete: 'new-password', minlength: 12, maxlength: 128 }),
    name,
    label,
    hint: '12 characters or more, such as a few words that do not belong together.',
  }
}

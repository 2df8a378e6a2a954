import postgres from 'postgres'

const asIs = (text: string) => text

/** As many connections as the service has. Counts are numbers; JSON is sent as text, and booleans as 0 and 1, too. */
export const sql = postgres(process.env.DATABASE_URL as string, {
  max: 5,
  types: {
    count: { to: 20, from: [20], parse: Number, serialize: String },
    json: { to: 114, from: [114], parse: JSON.parse, serialize: asIs },
    boolean: {
      to: 16,
      from: [16],
      parse: (text: string) => text === 't',
      serialize: (value: number) => (value ? 't' : 'f'),
    },
  },
})

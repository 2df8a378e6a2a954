/** Sample documents, written for Holdfast and under its licence. */

export const library = `# A sample of Holdfast's own.
openapi: 3.1.0
info:
  title: Town Library
  summary: Books, and who has them
  description: Find a book, borrow it, bring it back.
  version: 1.0.0
  license:
    name: MIT
    identifier: MIT
servers:
  - url: https://library.example.org
tags:
  - name: Books
  - name: Loans
paths:
  /books:
    get:
      operationId: findBooks
      summary: Find books
      tags: [Books]
      security: []
      parameters:
        - name: author
          in: query
          schema: { type: string }
      responses:
        '200':
          description: The books, by title
          content:
            application/json:
              schema:
                type: array
                items: { $ref: '#/components/schemas/Book' }
  /books/{isbn}:
    get:
      operationId: getBook
      summary: A book
      tags: [Books]
      security: []
      parameters:
        - $ref: '#/components/parameters/Isbn'
      responses:
        '200':
          description: The book
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Book' }
        '404':
          description: The library does not have it
  /books/{isbn}/loans:
    post:
      operationId: borrowBook
      summary: Borrow a book
      tags: [Loans]
      parameters:
        - $ref: '#/components/parameters/Isbn'
      responses:
        '201':
          description: It is yours until the day that is given
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Loan' }
        '409':
          description: Someone else has it
  /loans/{id}:
    delete:
      operationId: returnBook
      summary: Bring a book back
      tags: [Loans]
      parameters:
        - name: id
          in: path
          required: true
          schema: { type: string, format: uuid }
      responses:
        '204':
          description: Thank you
security:
  - card: []
components:
  securitySchemes:
    card:
      type: http
      scheme: bearer
  parameters:
    Isbn:
      name: isbn
      in: path
      required: true
      schema: { type: string, pattern: '^97[89][0-9]{10}$' }
  schemas:
    Book:
      type: object
      required: [isbn, title]
      properties:
        isbn: { type: string, examples: ['9780000000002'] }
        title: { type: string, examples: [The Lighthouse] }
        author: { type: [string, 'null'] }
    Loan:
      type: object
      required: [id, until]
      properties:
        id: { type: string, format: uuid }
        until: { type: string, format: date }
`

const amount = {
  type: 'object',
  required: ['currency', 'cents'],
  properties: {
    currency: { type: 'string', example: 'EUR' },
    cents: { type: 'integer', minimum: 0, example: 1250 },
  },
}

const invoice = {
  type: 'object',
  required: ['id', 'total', 'paid'],
  properties: {
    id: { type: 'string' },
    total: { $ref: '#/components/schemas/Amount' },
    paid: { type: 'boolean' },
  },
}

const invoiceAnswer = (description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Invoice' } } },
})

const invoiceId = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }

function invoices(version: string, morePaths: object): string {
  const document = {
    openapi: '3.0.3',
    info: {
      title: 'Invoices',
      description: 'Write an invoice, send it, see it paid.',
      version,
      license: { name: 'MIT' },
    },
    servers: [{ url: 'https://invoices.example.org' }],
    paths: {
      '/invoices': {
        post: {
          operationId: 'createInvoice',
          summary: 'Write an invoice',
          requestBody: {
            required: true,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Amount' } } },
          },
          responses: { '201': invoiceAnswer('It is written') },
        },
      },
      '/invoices/{id}': {
        parameters: [invoiceId],
        get: {
          operationId: 'getInvoice',
          summary: 'An invoice',
          responses: {
            '200': invoiceAnswer('The invoice'),
            '404': { description: 'There is none of this number' },
          },
        },
      },
      ...morePaths,
    },
    components: { schemas: { Amount: amount, Invoice: invoice } },
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

export const invoicesFirst = invoices('1.0.0', {})

export const invoicesSecond = invoices('1.1.0', {
  '/invoices/{id}/reminders': {
    parameters: [invoiceId],
    post: {
      operationId: 'remind',
      summary: 'Send a reminder',
      responses: { '202': { description: 'It is on its way' } },
    },
  },
})

export const parcels = `# A sample of Holdfast's own.
asyncapi: 3.0.0
info:
  title: Parcel Tracking
  version: 2.3.0
  description: Where a parcel is, told as it moves.
  license:
    name: MIT
channels:
  moved:
    address: parcels/{number}/moved
    parameters:
      number:
        description: The number on the label
    messages:
      parcelMoved:
        $ref: '#/components/messages/ParcelMoved'
operations:
  parcelMoved:
    action: receive
    summary: A parcel arrived somewhere
    channel:
      $ref: '#/channels/moved'
components:
  messages:
    ParcelMoved:
      payload:
        type: object
        required: [place, at]
        properties:
          place: { type: string }
          at: { type: string, format: date-time }
`

export const weather = `# A sample of Holdfast's own.
openapi: 3.1.0
info:
  title: Weather Station
  version: 0.1.0
  description: Not finished, and therefore a draft.
paths:
  /readings:
    get:
      operationId: listReadings
      summary: What was measured
      responses:
        '200':
          description: The newest first
          content:
            application/json:
              schema:
                type: array
                items:
                  type: object
                  properties:
                    at: { type: string, format: date-time }
                    celsius: { type: number }
`

export const doors = `${JSON.stringify(
  {
    openapi: '3.0.3',
    info: { title: 'Office Doors', version: '1.0.0', description: 'For the house only.' },
    paths: {
      '/doors/{name}/open': {
        post: {
          operationId: 'openDoor',
          summary: 'Open a door',
          parameters: [{ name: 'name', in: 'path', required: true, schema: { type: 'string' } }],
          responses: { '204': { description: 'It is open' } },
        },
      },
    },
  },
  null,
  2,
)}\n`

import './layout.ts'

// In a file of its own: what a compiler writes as the type of a parameter differs for imported enums.

export enum Color {
  Red = 'red',
  Green = 'green',
}

export enum Size {
  Small = 1,
  Large = 3,
}

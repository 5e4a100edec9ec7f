/** The module that a parameter called `weight` belongs to; another parameter stands for itself. */
export function moduleOf(parameter: string): string {
  return parameter.endsWith('.weight') ? parameter.slice(0, -'.weight'.length) : parameter;
}

/** What the weight is called that a parameter stores. */
export function weightName(parameter: string): string {
  return `${moduleOf(parameter)}.weight`;
}

/** The words of a hover, in the user's language: what builds it knows none. Numbers are given as they are to be read. */
export interface HoverTexts {
  readonly inModels: (count: string) => string;
  readonly moreModels: (count: string) => string;
  readonly elements: (count: string) => string;
  readonly computing: string;
  readonly tooLarge: string;
  readonly failed: (reason: string) => string;
  readonly sample: (percent: string) => string;
  readonly range: string;
  readonly mean: string;
  readonly std: string;
  readonly outliers: (sigma: string) => string;
  readonly scheme: string;
  readonly scale: string;
  readonly zeroPoint: string;
  readonly sqnr: string;
  readonly scales: (count: string) => string;
  readonly stored: string;
  readonly bitsPerWeight: string;
  readonly histogram: string;
  readonly standsFor: (count: string) => string;
  readonly moreTensors: (count: string) => string;
  readonly tensors: (count: string) => string;
  readonly partOf: (model: string) => string;
  readonly open: string;
  readonly openBeside: string;
  readonly quantize: string;
  readonly compare: string;
}

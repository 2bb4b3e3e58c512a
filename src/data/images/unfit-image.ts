/** An image that the reading cannot give sensible values of, though it is whole: the reading must change. */
export class UnfitImage extends Error {
  readonly remedy: string;

  constructor(problem: string, remedy: string) {
    super(problem);
    this.remedy = remedy;
  }
}

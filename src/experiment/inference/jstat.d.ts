/** The functions of jStat that pixscale uses; the package has no types. */
declare module "jstat" {
  interface Quantile<Parameters extends readonly number[]> {
    /** The x with P(X ≤ x) = p. */
    inv(p: number, ...parameters: Parameters): number;
  }
  const library: {
    readonly jStat: {
      readonly studentt: Quantile<[degreesOfFreedom: number]>;
      readonly normal: Quantile<[mean: number, std: number]>;
      readonly beta: Quantile<[alpha: number, beta: number]>;
      readonly chisquare: Quantile<[degreesOfFreedom: number]>;
      readonly binomial: {
        /** P(X ≤ k) */
        cdf(k: number, trials: number, probability: number): number;
      };
    };
  };
  export default library;
}

/** The functions of jStat that pixscale uses; the package has no types. */
declare module "jstat" {
  const library: {
    readonly jStat: {
      readonly studentt: {
        /** P(T ≤ t) */
        cdf(t: number, degreesOfFreedom: number): number;
        /** The t with P(T ≤ t) = p. */
        inv(p: number, degreesOfFreedom: number): number;
      };
      readonly binomial: {
        /** P(X ≤ k) */
        cdf(k: number, trials: number, probability: number): number;
      };
    };
  };
  export default library;
}

import { PixscaleError } from "../errors.ts";

/** The error of NaN or infinite pixels, which no statistic and no training survives. */
export function notFinite(subject: string): PixscaleError {
  const remedy = "remove NaN and infinite values from the data";
  return new PixscaleError(subject, "some pixels are not finite numbers", remedy);
}

import { localContrast } from "../contrast/local-contrast.ts";
import { samplewiseKind } from "./samplewise-kind.ts";

/** Local contrast normalization (Jarrett et al., 2009): see `localContrast`. Nothing is fitted. */
export const lcn = samplewiseKind("lcn", localContrast());

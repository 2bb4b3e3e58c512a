import { checkOperatingCharacteristics } from "./operating-characteristics.ts";

checkOperatingCharacteristics(4000);

import { checkOperatingCharacteristics } from "./operating-characteristics.ts";

checkOperatingCharacteristics(400);

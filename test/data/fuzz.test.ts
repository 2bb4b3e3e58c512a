import { fuzzReaders } from "./fuzz-cases.ts";

fuzzReaders(1000);

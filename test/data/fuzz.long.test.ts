import { fuzzReaders } from "./fuzz-cases.ts";

fuzzReaders(20_000);

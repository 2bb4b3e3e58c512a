/** The last group of options in help: most commands are used without them. */
export const READING_GROUP = "Reading data:";

/** Scales images that are in memory, and turns them back. */
import { datasetFromArrays, Scaler } from "pixscale";

const shape = { height: 2, width: 2, channels: 3 };
const pixels = Uint8Array.from({ length: 4 * 12 }, (_, i) => (i * 37) % 256);
const dataset = datasetFromArrays({ train: { images: pixels, labels: [0, 1, 0, 1] }, shape });

// Statistics come from the training images alone, one per channel, as torchvision's Normalize has them.
const scaler = Scaler.fit("normalize+standardize", dataset.train, { axis: "channel" });
const scaled = scaler.transform(dataset.train);
const back = new Float32Array(scaled.length);
scaler.inverse().apply(scaled, shape, back);

const mean = scaled.reduce((sum, value) => sum + value, 0) / scaled.length;
console.log(`mean ${mean.toFixed(6)}, back to ${back.slice(0, 3).map(Math.round).join(" ")}`);
console.log(`as JSON: ${JSON.stringify(scaler).length} characters`);

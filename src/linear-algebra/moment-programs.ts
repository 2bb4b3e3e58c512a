import { PRODUCT_SCRATCH } from "../kernels/matrix-layout.ts";
import { Allotment } from "./allotment.ts";
import { placeMatrix, type StoredMatrix } from "./matrix.ts";
import { multiplyToLower, tilesOf } from "./product.ts";
import type { Team } from "./team.ts";

/** Images per block: a panel of their bytes stays in the first-level cache. */
export const BLOCK_IMAGES = 512;
/** Features of a panel of bytes. */
const PANEL = 8;
/** Panels of a part of the sums: those of both sides stay in the second-level cache. */
const TILE_PANELS = 24;

/** Where the second moments of images lie; each thread works this out for itself. */
export interface MomentPlaces {
  /** Bytes from an image of a block to the next, and its features with those that fill up the last panel. */
  readonly padded: number;
  /** A block of images: bytes [images][padded], or float64 columns. */
  readonly bytes: number;
  readonly images: StoredMatrix;
  readonly panels: number;
  /** Int32 [padded][padded], as much as is on or above the diagonal. */
  readonly integers: number;
  /** The sums so far, of bytes [padded][padded] and above the diagonal, which is below it by columns. */
  readonly sums: StoredMatrix;
  readonly scratch: readonly number[];
  /** The first free address. */
  readonly end: number;
}

/** @param bytes whether the images are bytes rather than float64 */
export function momentPlaces(width: number, bytes: boolean, threads: number, base: number): MomentPlaces {
  const places = new Allotment(base);
  const padded = Math.ceil(width / PANEL) * PANEL;
  const images = placeMatrix(new Allotment(places.end), width, BLOCK_IMAGES);
  return {
    padded,
    images,
    bytes: places.bytes(bytes ? padded * BLOCK_IMAGES : images.stride * BLOCK_IMAGES),
    panels: places.bytes(bytes ? 2 * padded * BLOCK_IMAGES : 0),
    integers: places.bytes(bytes ? 4 * padded * padded : 0),
    sums: { at: places.doubles(padded * padded), rows: padded, columns: padded, stride: 8 * padded },
    scratch: Array.from({ length: threads }, () => places.bytes(PRODUCT_SCRATCH)),
    end: places.end,
  };
}

/** Adds the products of a block of bytes to the integers. Numbers: width, base, images. */
export function addBytes(team: Team, [width, base, images]: readonly number[]): void {
  const { kernels } = team;
  const { padded, bytes, panels, integers } = momentPlaces(width, true, team.threads, base);
  const rows = Math.ceil(images / 2);
  const count = padded / PANEL;
  team.share(Math.ceil(count / TILE_PANELS), (group) => {
    for (let p = group * TILE_PANELS; p < Math.min(count, (group + 1) * TILE_PANELS); p++) {
      kernels.packPairs(bytes + p * PANEL, padded, images, panels + p * rows * 32);
    }
  });
  const tiles = tilesOf(count, count, TILE_PANELS).filter(({ row, column }) => row <= column);
  team.share(tiles.length, (index) => {
    const tile = tiles[index];
    kernels.addPairProducts(
      panels + tile.row * rows * 32,
      tile.rows,
      panels + tile.column * rows * 32,
      tile.columns,
      rows,
      integers + 4 * PANEL * (tile.row * padded + tile.column),
      4 * padded,
    );
  });
}

/** Adds the integers to the sums. Numbers: width, base. */
export function moveByteSums(team: Team, [width, base]: readonly number[]): void {
  const { padded, integers, sums } = momentPlaces(width, true, team.threads, base);
  team.share(padded / PANEL, (panel) => {
    const first = panel * PANEL * padded;
    team.kernels.moveSums(integers + 4 * first, sums.at + 8 * first, PANEL * padded);
  });
}

/** Adds the products of a block of float64 images to the sums. Numbers: width, base, images. */
export function addDoubles(team: Team, [width, base, count]: readonly number[]): void {
  const places = momentPlaces(width, false, team.threads, base);
  const block = { ...places.images, columns: count };
  const sums = { ...places.sums, rows: width, columns: width };
  multiplyToLower(team, block, block, sums, places.scratch[team.thread], { transposeB: true, add: true });
}

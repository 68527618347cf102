/* Neighbourhoods: tiles of a map's target rows together with the rows that lead to them.
 * SPDX-License-Identifier: MIT */
#include "ad/run.h"

/* The target row after the tile that begins at `first`: rows are added while that brings the number of source rows nearer
 * to that of a tile. */
static int64_t tile_end(const eqfi_bound_map *map, int64_t first)
{
    int64_t end = first + 1, begin = map->offsets[first];
    while (end < map->to && end - first < EQFI_TILE) {
        int64_t now = map->offsets[end] - begin, next = map->offsets[end + 1] - begin;
        if (next > EQFI_TILE && next - EQFI_TILE > EQFI_TILE - now) break;
        end++;
    }
    return end;
}

eqf_status eqfi_cut_tiles(eqf_context *context, eqfi_bound_map *map)
{
    eqf_status status = EQF_OK;
    map->n_tiles = map->longest = map->widest = 0;
    if (!map->ascending) return EQF_OK;
    for (int64_t first = 0, end; first < map->to; first = end) {
        EQFI_TRY(eqfi_grow(context, (size_t)map->n_tiles + 2, sizeof *map->tiles, &map->tiles_capacity,
                           (void **)&map->tiles));
        end = tile_end(map, first);
        int64_t rows = map->offsets[end] - map->offsets[first];
        map->tiles[map->n_tiles++] = first;
        map->tiles[map->n_tiles] = end;
        if (rows > map->longest) map->longest = rows;
        if (end - first > map->widest) map->widest = end - first;
    }
fail:
    return status;
}

/** A corner of the stage, named by the direction of reading. */
export type Corner = 'top-start' | 'top-end' | 'bottom-end' | 'bottom-start'

const around: Record<Corner, Corner> = {
  'bottom-end': 'bottom-start',
  'bottom-start': 'top-start',
  'top-start': 'top-end',
  'top-end': 'bottom-end',
}

interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** The corner after this one, for those who don't drag. */
export function nextCorner(corner: Corner): Corner {
  return around[corner]
}

/** The corner of the stage that a box dropped there is nearest to. */
export function nearestCorner(box: Box, stage: Box, rtl: boolean): Corner {
  const left = box.left + box.width / 2 < stage.left + stage.width / 2
  const top = box.top + box.height / 2 < stage.top + stage.height / 2
  return `${top ? 'top' : 'bottom'}-${left !== rtl ? 'start' : 'end'}`
}

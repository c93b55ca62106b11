const shape = 'grid size-12 shrink-0 place-items-center rounded-full transition-colors duration-(--fast) active:translate-y-px'

/** The clothes of an icon button of the bar; on a phone it stands over the picture. */
export const roundButton = `${shape} bg-raised text-ink hover:bg-pressed data-[state=open]:bg-pressed phone:bg-veil phone:text-on-veil phone:backdrop-blur-md phone:hover:brightness-125 in-data-alone:bg-raised! in-data-alone:text-ink!`

/** The same when what it stands for is switched off: seen at a glance, and by its crossed-out sign not by colour alone. */
export const roundButtonOff = `${shape} bg-danger-wash text-danger hover:brightness-105 phone:bg-on-veil phone:text-night`

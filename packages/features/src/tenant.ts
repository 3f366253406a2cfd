/** The home of what belongs to the tenant as a whole. */
export const tenantHome = '~tenant'

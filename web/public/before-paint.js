// Runs before the first paint, so that a chosen theme or language never flashes the other one.
// It is a file and not an inline script because the content security policy allows none.
;(function () {
  try {
    var theme = localStorage.getItem('omezle.theme')
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
    var locale = localStorage.getItem('omezle.locale')
    if (locale) {
      document.documentElement.lang = locale
      document.documentElement.dir = locale === 'ar' ? 'rtl' : 'ltr'
    }
  } catch {
    // Storage is closed to us (private mode): the system's theme is used.
  }
})()

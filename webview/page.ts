// One script for all pages: what they share is loaded once from the package. Each begins when it is imported.
if (document.body.dataset.page === 'comparison') void import('./compare/main');
else void import('./main');

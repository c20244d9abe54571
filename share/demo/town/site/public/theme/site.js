// The menu folds on a small screen, and a form is sent once only. The site works without this file.
(function () {
  'use strict';

  var button = document.querySelector('.menu-button');
  var menu = document.getElementById('menu');
  if (button && menu) {
    button.hidden = false;
    menu.classList.add('foldable');
    button.addEventListener('click', function () {
      var open = menu.classList.toggle('open');
      button.setAttribute('aria-expanded', open ? 'true' : 'false');
    });
  }

  Array.prototype.forEach.call(document.querySelectorAll('form[method="post"]'), function (form) {
    form.addEventListener('submit', function () {
      var send = form.querySelector('button');
      if (send) {
        send.disabled = true;
      }
    });
  });
})();

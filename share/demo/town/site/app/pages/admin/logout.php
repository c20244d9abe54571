<?php

namespace Town;

if (is_post()) {
    require_csrf($user);
    log_out();
}
redirect('/');

@NullMarked
package org.lsuv.cli;

import org.jspecify.annotations.NullMarked;

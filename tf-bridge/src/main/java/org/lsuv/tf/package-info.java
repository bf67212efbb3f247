@NullMarked
package org.lsuv.tf;

import org.jspecify.annotations.NullMarked;

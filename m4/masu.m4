dnl SPDX-License-Identifier: Apache-2.0
dnl MASU_CHECK_FLAGS(VARIABLE, FLAGS): put those of FLAGS that the compiler takes into VARIABLE.
AC_DEFUN([MASU_CHECK_FLAGS], [
	AC_MSG_CHECKING([which of the compiler flags for $1 work])
	$1=
	masu_saved_cflags="$CFLAGS"
	for masu_flag in $2; do
		CFLAGS="$masu_saved_cflags -Werror $masu_flag"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])], [$1="[$]$1 $masu_flag"], [])
	done
	CFLAGS="$masu_saved_cflags"
	AC_MSG_RESULT([$$1])
	AC_SUBST([$1])
])

dnl MASU_CHECK_STATIC: can masu and masu-oci be linked statically? Sets STATIC_LDFLAGS and the condition STATIC.
AC_DEFUN([MASU_CHECK_STATIC], [
	AC_ARG_ENABLE([static],
		[AS_HELP_STRING([--disable-static], [link masu and masu-oci dynamically even where static libraries are installed])],
		[], [enable_static=check])
	AS_IF([test "$enable_sanitizers" = yes || test "$enable_fuzzing" = yes], [enable_static=no])
	AC_MSG_CHECKING([for static libraries of what starts a container])
	masu_saved_ldflags="$LDFLAGS" masu_saved_libs="$LIBS" masu_saved_cflags="$CFLAGS"
	CFLAGS="$CFLAGS -fPIE $JSON_CFLAGS $SECCOMP_CFLAGS $CAP_CFLAGS" LDFLAGS="$LDFLAGS -static-pie" LIBS="$JSON_LIBS $SECCOMP_LIBS $CAP_LIBS $LIBS"
	have_static=no
	AS_IF([test "$enable_static" != no], [AC_LINK_IFELSE([AC_LANG_PROGRAM([
#include <json.h>
#include <seccomp.h>
#include <sys/capability.h>
	], [json_object_put(json_object_new_object()); (void)cap_get_bound(0); seccomp_release(seccomp_init(SCMP_ACT_ALLOW));])], [have_static=yes])])
	LDFLAGS="$masu_saved_ldflags" LIBS="$masu_saved_libs" CFLAGS="$masu_saved_cflags"
	AC_MSG_RESULT([$have_static])
	AS_IF([test "$enable_static" = yes && test "$have_static" = no],
		[AC_MSG_ERROR([--enable-static: static libraries of libc, libcap, json-c and libseccomp are needed])])
	AM_CONDITIONAL([STATIC], [test "$have_static" = yes])
])

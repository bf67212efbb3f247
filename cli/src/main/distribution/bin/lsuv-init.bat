@echo off
rem Starts lsuv-init with the Java of JAVA_HOME, or the first one on the PATH; 17 or later is needed.
rem JAVA_OPTS and LSUV_INIT_OPTS go to Java, such as LSUV_INIT_OPTS=-Xmx8g.
setlocal
set "LIB=%~dp0..\lib"
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java.exe"
"%JAVA%" -version >nul 2>&1
if errorlevel 1 (
  echo lsuv-init: no Java found; install Java 17 or later, or set JAVA_HOME 1>&2
  exit /b 5
)
if not defined TF_CPP_MIN_LOG_LEVEL set "TF_CPP_MIN_LOG_LEVEL=2"
"%JAVA%" --enable-native-access=ALL-UNNAMED -Dsun.misc.unsafe.memory.access=allow %JAVA_OPTS% %LSUV_INIT_OPTS% -cp "%LIB%\*" org.lsuv.cli.Main %*
exit /b %ERRORLEVEL%

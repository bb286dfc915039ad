import type { BinaryNeed } from '../../stack/contract/needs.ts';

/** The broker needs Java 17 since Kafka 4.0 (KIP-1013). It prints its version to stderr. */
export const JAVA: BinaryNeed = {
  name: 'java',
  versionArgs: ['-version'],
  versionPattern: /version "(\d+(?:\.\d+)*)/,
  range: '>=17',
  home: { variable: 'JAVA_HOME', path: 'bin/java' },
  knownPaths: [
    '/usr/lib/jvm/default-java/bin/java',
    '/opt/java/openjdk/bin/java',
    '/opt/homebrew/opt/openjdk/bin/java',
    '/usr/local/opt/openjdk/bin/java',
  ],
  packages: { debian: ['default-jre-headless'], brew: 'openjdk' },
};

const VERSION = '4.1.1';

/**
 * The jars of the broker and of its tools. Without the binding of slf4j to log4j the broker logs nothing.
 * 4.0 is the first version without ZooKeeper, and the one whose logging is configured by log4j2.yaml.
 */
export const KAFKA_LIBS: BinaryNeed = {
  name: 'kafka',
  versionArgs: [],
  versionPattern: /^kafka_2\.\d+-(\d+\.\d+\.\d+)\.jar$/m,
  range: '>=4.0.0',
  home: { variable: 'KAFKA_HOME', path: 'libs' },
  knownPaths: [
    '/opt/kafka/libs',
    '/usr/local/kafka/libs',
    '/opt/homebrew/opt/kafka/libexec/libs',
    '/usr/local/opt/kafka/libexec/libs',
  ],
  packages: { debian: [], brew: 'kafka' },
  download: {
    id: `kafka-${VERSION}`,
    from: 'maven',
    packages: [
      `org.apache.kafka:kafka_2.13:${VERSION}`,
      `org.apache.kafka:kafka-tools:${VERSION}`,
      'org.apache.logging.log4j:log4j-slf4j-impl:2.24.3',
    ],
    path: 'libs',
    sizeMb: 54,
  },
};
